import { quoted } from "@causeway/model";
import type { Draft, KindRules } from "./kind.ts";
import { tidy } from "./tidy.ts";

/** How traffic of one service is split. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/service-splitter */
export const serviceSplitter: KindRules<"service-splitter"> = {
  kind: "service-splitter",
  shape: {
    Splits: { listOf: { Weight: "number", Service: "text", ServiceSubset: "text", Namespace: "text" } },
  },
  normalise: (entry) => ({
    ...entry,
    Splits: (entry.Splits ?? []).map((split) => ({ ...tidy(split), Weight: hundredths(split.Weight) / 100 })),
  }),
  earlyProblem: ({ Name, Splits }) =>
    Name === "" ? "Name is required" : Splits.length === 0 ? "no splits configured" : undefined,
  problem: (entry) => repeatedProblem(entry) ?? sumProblem(entry),
};

const WHOLE = 10_000;

/** A weight counts in hundredths of a percent. */
function hundredths(weight: number | undefined): number {
  return Math.round((weight ?? 0) * 100);
}

function repeatedProblem({ Name, Splits }: Draft<"service-splitter">): string | undefined {
  const seen = new Set<string>();
  for (const { Service, ServiceSubset, Namespace } of Splits) {
    const [service, subset, namespace] = [Service || Name, ServiceSubset ?? "", Namespace ?? ""].map(quoted);
    const destination = `service=${service}, subset=${subset}, namespace=${namespace}`;
    if (seen.has(destination)) return `split destination occurs more than once: ${destination}`;
    seen.add(destination);
  }
  return undefined;
}

function sumProblem({ Splits }: Draft<"service-splitter">): string | undefined {
  const sum = Splits.reduce((total, { Weight }) => total + hundredths(Weight), 0);
  return sum === WHOLE ? undefined : `the sum of all split weights must be 100, not ${(sum / 100).toFixed(6)}`;
}
