/**
 * Only what starts processes, for programs that should start fast: the rest of the package loads a library that makes certificates.
 *
 * @module
 */
export { findNatsServer } from "./find-nats-server.ts";
export { freePort } from "./free-port.ts";
export { natsDatacenterConfig } from "./nats-datacenter.ts";
export { type NatsServer, startNatsServer } from "./nats-server.ts";
export { spawnProcess } from "./spawn-process.ts";
export type { SpawnedProcess } from "./spawned-process.ts";
export { temporaryDirectory } from "./temporary-directory.ts";
