/** How long a change may take to arrive within a datacenter: Consul's own tests retry 5 times, one second apart. */
export const IN_DATACENTER_MS = 5_000;

/** How long a change may take to arrive in another datacenter: Consul's own tests retry 30 times, one second apart. */
export const ACROSS_DATACENTERS_MS = 30_000;

/** How long processes, gateways above all, may take to start: Consul's own tests retry 30 times, one second apart. */
export const START_UP_MS = 30_000;
