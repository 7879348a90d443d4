import type { CheckStatus } from "@causeway/model";
import type { CheckResult } from "./result.ts";

/** What an alias check is told to follow: a service of a node, or all of a node when `service` is ""; `node` "" is this one. */
export type Alias = { readonly node: string; readonly service: string };

/** What an alias check looks at of each check on its node. */
export type Followed = {
  readonly Name: string;
  readonly ServiceID: string;
  readonly Status: CheckStatus;
  readonly Output: string;
};

/**
 * The result of an alias check: the worst of the checks of its service and of the node; critical when the service is not there, passing
 * when it has no checks.
 *
 * @param onNode all checks of the node that is followed.
 * @param exists whether the service is there.
 */
export function aliasResult({ node, service }: Alias, onNode: readonly Followed[], exists: boolean): CheckResult {
  const own = onNode.filter(({ ServiceID }) => ServiceID === service);
  if (service !== "" && own.length === 0 && !exists) {
    return { status: "critical", output: `Service ${service} could not be found on node ${node}` };
  }
  const followed = onNode.filter(({ ServiceID }) => ServiceID === service || ServiceID === "");
  const critical = followed.find(({ Status }) => Status === "critical");
  const worst = critical ?? followed.findLast(({ Status }) => Status === "warning");
  if (worst !== undefined) {
    return { status: worst.Status, output: `Aliased check "${worst.Name}" failing: ${worst.Output}` };
  }
  return { status: "passing", output: followed.length === 0 ? "No checks found." : "All checks passing." };
}
