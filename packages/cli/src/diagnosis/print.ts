import { colours } from "../colours.ts";
import { firstFailed, type Result, resultOf, type Step, type StepState } from "./step.ts";

/** What a diagnosis is called for programs. */
export type Report = {
  readonly Source: string;
  readonly Destination: string;
  readonly Datacenter: string;
  readonly Result: Result;
  /** ID of the first step that failed. */
  readonly FirstFailed?: string;
  readonly Remedy?: string;
  readonly Steps: readonly {
    readonly ID: string;
    readonly Title: string;
    readonly State: StepState;
    readonly Detail: string;
    readonly Remedy?: string;
  }[];
};

/** The steps as programs read them. */
export function reportOf(steps: readonly Step[], about: Pick<Report, "Source" | "Destination" | "Datacenter">): Report {
  const first = firstFailed(steps);
  return {
    ...about,
    Result: resultOf(steps),
    ...(first === undefined ? {} : { FirstFailed: first.id }),
    ...(first?.remedy === undefined ? {} : { Remedy: first.remedy }),
    Steps: steps.map(({ id, title, state, detail, remedy }) => ({
      ID: id,
      Title: title,
      State: state,
      Detail: detail,
      ...(remedy === undefined ? {} : { Remedy: remedy }),
    })),
  };
}

/** One line for each step, and after them what to do about the first that failed. */
export function printedSteps(steps: readonly Step[]): readonly string[] {
  const lines = steps.map(({ state, title, detail }) => `${mark(state)} ${title}: ${detail}`);
  const first = firstFailed(steps);
  if (resultOf(steps) === "unknown") return [...lines, "", UNKNOWN];
  if (first?.remedy === undefined) return lines;
  return [...lines, "", `${colours.bold("First")}: ${first.title}`, `  ${first.remedy}`];
}

const UNKNOWN = "Nothing failed, but not all could be checked: whether it can be reached is not known.";

function mark(state: StepState): string {
  const text = state.padEnd("not checked".length);
  switch (state) {
    case "ok":
      return colours.green(text);
    case "failed":
      return colours.red(text);
    case "not checked":
      return colours.yellow(text);
  }
}
