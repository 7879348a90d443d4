/** How an upstream of a sidecar reaches one of its targets, as the agent tells at `/v1/agent/connect/upstreams/`. */
export type UpstreamMode = {
  readonly DestinationName: string;
  readonly Datacenter: string;
  readonly LocalBindAddress: string;
  readonly LocalBindPort: number;
  readonly Target: {
    readonly Service: string;
    readonly ServiceSubset: string;
    readonly Datacenter: string;
    readonly Failover: boolean;
  } | null;
  readonly Mode: string;
  readonly SetBy: string;
  /** The datacenter whose mesh gateways are dialled; "" when none are. */
  readonly Through: string;
  readonly Meaning: string;
};
