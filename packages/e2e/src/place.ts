/** Where the processes of one datacenter run. */
export type Place = {
  /** IP address of the datacenter's machine: where its services and proxies are reached by others. */
  readonly host: string;
  /** IP address at which the tests reach what is otherwise for the machine alone: the agent, admin ports, upstreams. */
  readonly local: string;
  /** Command with its arguments that runs each process; empty runs them as they are. */
  readonly within: readonly string[];
};

/** The loopback interface. */
export const LOOPBACK: Place = { host: "127.0.0.1", local: "127.0.0.1", within: [] };

/** A place of its own on the loopback interface: 127.0.<number>.1. */
export function loopbackPlace(number: number): Place {
  return { ...LOOPBACK, host: `127.0.${number}.1` };
}
