/**
 * Makes what a secured bus is made of, for whoever starts NATS servers: no service needs it.
 *
 * @module
 */
export { type BusDatacenter, BusExistsError, type BusFile, type BusSetup, initBus } from "./init-bus.ts";
export { type NatsServers, natsConfig } from "./nats-config.ts";
export { leafName, natsUsers } from "./nats-users.ts";
