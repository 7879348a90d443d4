import { CommandError } from "./errors.ts";

/** The config entry of an ingress gateway, as far as it is looked at; what else it has is kept. */
export type IngressEntry = {
  readonly Kind: "ingress-gateway";
  readonly Name: string;
  readonly Listeners?: readonly IngressListener[] | null;
  readonly ModifyIndex?: number;
};

type IngressListener = {
  readonly Port: number;
  readonly Protocol: string;
  readonly Services: readonly IngressService[] | null;
};

type IngressService = { readonly Name: string; readonly Hosts?: readonly string[] | null };

/** A service, and the listener that is to lead to it. */
export type ToExpose = {
  readonly service: string;
  readonly port: number;
  readonly protocol: string;
  readonly hosts: readonly string[];
};

/**
 * An entry with a service added to the listener of a port, which is made when there is none.
 *
 * @returns the entry, and whether the service was on that listener before and is defined anew.
 * @throws CommandError when the listener speaks another protocol.
 */
export function exposed(
  entry: IngressEntry,
  { service, port, protocol, hosts }: ToExpose,
): { readonly entry: IngressEntry; readonly updated: boolean } {
  const added: IngressService = { Name: service, ...(hosts.length === 0 ? {} : { Hosts: hosts }) };
  const listeners = entry.Listeners ?? [];
  const at = listeners.findIndex(({ Port }) => Port === port);
  const listener = listeners[at];
  if (listener === undefined) {
    const Listeners = [...listeners, { Port: port, Protocol: protocol, Services: [added] }];
    return { entry: { ...entry, Listeners }, updated: false };
  }
  if (listener.Protocol !== protocol) {
    throw new CommandError(
      `Listener on port ${port} already configured with conflicting protocol "${listener.Protocol}": give -protocol=${listener.Protocol}, or another port`,
    );
  }
  const services = listener.Services ?? [];
  const updated = services.some(({ Name }) => Name === service);
  const Services = updated ? services.map((one) => (one.Name === service ? added : one)) : [...services, added];
  return { entry: { ...entry, Listeners: listeners.with(at, { ...listener, Services }) }, updated };
}
