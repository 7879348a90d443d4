import { CHECK_STATUSES, type CheckStatus } from "@causeway/model";
import type { CheckResult } from "./result.ts";

/** What an alias check looks at of each check that it follows. */
type Followed = { readonly Name: string; readonly Status: CheckStatus; readonly Output: string };

/** The result of an alias check: the worst of what it follows, passing when there is nothing. */
export function aliasResult(followed: readonly Followed[]): CheckResult {
  let worst: Followed | undefined;
  for (const check of followed) {
    if (check.Status === "passing") continue;
    if (worst === undefined || CHECK_STATUSES.indexOf(check.Status) > CHECK_STATUSES.indexOf(worst.Status))
      worst = check;
  }
  if (followed.length === 0) return { status: "passing", output: "No checks found." };
  if (worst === undefined) return { status: "passing", output: "All checks passing." };
  return { status: worst.Status, output: `Aliased check "${worst.Name}" failing: ${worst.Output}` };
}
