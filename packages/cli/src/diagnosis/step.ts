/** How one step of a diagnosis came out. */
export type StepState = "ok" | "failed" | "not checked";

/** One link of the chain from a service to what it calls, and whether it holds. */
export type Step = {
  /** For programs: stays the same whatever the texts are. */
  readonly id: string;
  /** What is looked at, for people. */
  readonly title: string;
  readonly state: StepState;
  /** What was found; why, where it was not checked. */
  readonly detail: string;
  /** What to do about a step that failed. */
  readonly remedy?: string;
};

/** A fact that was asked for: what it is, or why it cannot be told. */
export type Known<T> =
  | { readonly kind: "known"; readonly value: T }
  | { readonly kind: "unknown"; readonly why: string };

/** A step apart from its name. */
export type Finding = Omit<Step, "id" | "title">;

export function known<T>(value: T): Known<T> {
  return { kind: "known", value };
}

export function unknown(why: string): Known<never> {
  return { kind: "unknown", why };
}

export function ok(detail: string): Finding {
  return { state: "ok", detail };
}

export function failed(detail: string, remedy: string): Finding {
  return { state: "failed", detail, remedy };
}

export function notChecked(detail: string): Finding {
  return { state: "not checked", detail };
}

/** The first step that failed, which is the one to do something about: those after it may only follow from it. */
export function firstFailed(steps: readonly Step[]): Step | undefined {
  return steps.find(({ state }) => state === "failed");
}

/** What a diagnosis comes to: "unknown" where nothing failed and something that matters was not checked. */
export type Result = "ok" | "failed" | "unknown";

/** What the steps come to: a connection that went all the way proves what could not be looked at. */
export function resultOf(steps: readonly Step[]): Result {
  if (firstFailed(steps) !== undefined) return "failed";
  const others = steps.filter(({ id }) => id !== CONNECTION);
  const connected = steps.some(({ id, state }) => id === CONNECTION && state === "ok");
  return connected || others.every(({ state }) => state === "ok") ? "ok" : "unknown";
}

/** ID of the step that is a connection made on purpose. */
export const CONNECTION = "connection";

/** Exit statuses of whatever is asked for a reason where that is not 0: something is not well, or it cannot be told. */
export const EXIT = { failed: 1, cannotTell: 2 } as const;
