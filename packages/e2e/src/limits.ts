// Tests wait for events, so that these only matter to what never comes. They are longer than Consul's own tests wait, 5 s within a
// datacenter and 30 s else: those are no measure of a machine that does other things as well.

/** How long a change may take to arrive within a datacenter. */
export const IN_DATACENTER_MS = 30_000;

/** How long a change may take to arrive in another datacenter. */
export const ACROSS_DATACENTERS_MS = 60_000;

/** How long processes, gateways above all, may take to start. */
export const START_UP_MS = 60_000;
