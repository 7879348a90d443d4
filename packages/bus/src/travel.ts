/** How the answer to a request travels. */
export type Answer =
  | { readonly kind: "reply"; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  /** Refused, for whoever asked seems to have given up by now. */
  | { readonly kind: "late"; readonly nowMs: number };

/** What a span tells of a request. @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export function spanAttributes(operation: "send" | "process", subject: string) {
  return {
    "messaging.system": "nats",
    "messaging.operation.type": operation,
    "messaging.destination.name": subject,
  };
}
