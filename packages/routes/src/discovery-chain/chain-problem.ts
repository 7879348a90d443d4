import { quoted } from "@causeway/model";

/** Why entries make no chain. */
export type ChainProblem =
  | { readonly code: "NO_SERVICE" }
  | { readonly code: "PROTOCOL_CLASH"; readonly chain: string; readonly service: string; readonly protocols: Clash }
  | { readonly code: "NOT_ROUTABLE"; readonly chain: string; readonly protocol: string }
  | { readonly code: "NO_SUBSET"; readonly service: string; readonly subset: string }
  | { readonly code: "REDIRECT_CIRCLE"; readonly targets: readonly string[] }
  | { readonly code: "CIRCLE"; readonly nodes: readonly string[] }
  | { readonly code: "EXTERNAL"; readonly service: string; readonly defines: "redirects" | "subsets" | "failover" };

type Clash = { readonly found: string; readonly expected: string };

/** The problem in Consul's words. */
export function describeChainProblem(problem: ChainProblem): string {
  switch (problem.code) {
    case "NO_SERVICE":
      return "serviceName is required";
    case "PROTOCOL_CLASH": {
      const { found, expected } = problem.protocols;
      const clash = `service ${quoted(problem.service)} has ${quoted(found)} which is not ${quoted(expected)}`;
      return `discovery chain ${quoted(problem.chain)} uses inconsistent protocols; ${clash}`;
    }
    case "NOT_ROUTABLE": {
      const limits = "that does not permit advanced routing or splitting behavior";
      return `discovery chain ${quoted(problem.chain)} uses a protocol ${quoted(problem.protocol)} ${limits}`;
    }
    case "NO_SUBSET":
      return `service ${quoted(problem.service)} does not have a subset named ${quoted(problem.subset)}`;
    case "REDIRECT_CIRCLE":
      return `detected circular resolver redirect: [${problem.targets.join(" -> ")}]`;
    case "CIRCLE":
      return `detected circular reference: [${problem.nodes.join(" -> ")}]`;
    case "EXTERNAL": {
      const cannot = `cannot define ${problem.defines} for external services`;
      return `service ${quoted(problem.service)} has an external SNI set; ${cannot}`;
    }
  }
}

/** Ends a compilation at the first thing that is wrong. */
export class Unsound extends Error {
  override readonly name = "Unsound";
  readonly problem: ChainProblem;

  constructor(problem: ChainProblem) {
    super(describeChainProblem(problem));
    this.problem = problem;
  }
}
