/** What tests of plans and of gateways need; no part of what runs. */
export { compileOnce, KnownRecords } from "./testing/known-records.ts";
export { TestMesh } from "./testing/test-mesh.ts";
