/** What tests of plans and of gateways need; no part of what runs. */
export { compileOnce, KnownRecords } from "./testing/known-records.ts";
export { printTable } from "./testing/print-table.ts";
export { Scenario } from "./testing/scenario.ts";
export { TestMesh } from "./testing/test-mesh.ts";
