import type { DataPlane } from "@causeway/proxy";
import type { AdminServer } from "@causeway/runtime";
import { describeTable } from "./describe-table.ts";
import type { Gateway } from "./gateway.ts";
import type { Knowledge } from "./knowledge.ts";

/** What the debug pages look at. */
export type Debuggable<I, P> = {
  readonly proxy: Pick<DataPlane, "connections" | "refusals" | "fileErrors" | "boundPort">;
  readonly knowledge: Pick<Knowledge, "leafReports" | "rootReports" | "sourceReports">;
  readonly gateway: Pick<Gateway<I, P>, "table">;
};

/** Lets operators see what a proxy serves and why, on its admin port. */
export function addDebugPages<I, P>(
  admin: Pick<AdminServer, "route">,
  { proxy, knowledge, gateway }: Debuggable<I, P>,
): void {
  admin.route("/debug/routes", "the table that connections are served by, and what is missing in it", () => {
    const table = gateway.table;
    return table === undefined
      ? undefined
      : { ...describeTable(table, (name) => proxy.boundPort(name)), fileErrors: proxy.fileErrors() };
  });
  admin.route("/debug/connections", "connections that are open", () => proxy.connections());
  admin.route("/debug/refusals", "the last connections that were turned away or cut off, the latest first", () =>
    proxy.refusals(),
  );
  admin.route("/debug/leaves", "leaf certificates, without their keys", () => knowledge.leafReports());
  admin.route("/debug/roots", "roots that are trusted, and until when", () => knowledge.rootReports());
  admin.route("/debug/sources", "the state that is followed, and where it was last read", () =>
    knowledge.sourceReports(),
  );
}
