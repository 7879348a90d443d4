import { markFailed, spanned, withRemoteParent } from "@causeway/runtime";
import type { Answer, ApiRequest, Handler } from "./endpoint.ts";
import { answerForError } from "./errors.ts";

/**
 * Has `handler` answer, in a span that is the child of the one which the request's `traceparent` names.
 *
 * Writes are traced from here to the last process that applies them. Reads are answered from memory and would only be noise, unless
 * whoever asks traces them too.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
export function traced(route: string, request: ApiRequest, handler: Handler): Answer | Promise<Answer> {
  const { method, path, headers } = request;
  const { traceparent } = headers;
  const parent = typeof traceparent === "string" ? traceparent : undefined;
  if (method === "GET" && parent === undefined) return handler(request);
  const attributes = { "http.request.method": method, "http.route": route, "url.path": path };
  return withRemoteParent(parent, async () => {
    const outcome = await spanned(
      `${method} ${route}`,
      attributes,
      async (span) => {
        const settled = await settle(request, handler);
        const status = statusOf(settled);
        span.setAttribute("http.response.status_code", status);
        // What the client has asked wrongly is no error of the server.
        if (status >= 500) markFailed(span, { code: String(status), message: reasonOf(settled) });
        return settled;
      },
      "server",
    );
    if ("error" in outcome) throw outcome.error;
    return outcome.answer;
  });
}

type Settled = { readonly answer: Answer } | { readonly error: unknown };

async function settle(request: ApiRequest, handler: Handler): Promise<Settled> {
  try {
    return { answer: await handler(request) };
  } catch (error) {
    return { error };
  }
}

function statusOf(settled: Settled): number {
  return ("error" in settled ? answerForError(settled.error).answer : settled.answer).status;
}

function reasonOf(settled: Settled): string {
  return "error" in settled ? String(settled.error) : "";
}
