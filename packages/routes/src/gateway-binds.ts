import type { CatalogService } from "@causeway/model";
import type { BindAddress, GatewayOptions } from "./gateway-options.ts";
import { isIpAddress } from "./ip-address.ts";
import { byText } from "./order.ts";
import type { Unavailable } from "./route.ts";

/** An address that a gateway listens on, under the name that its registration gives it. */
export type Bind = { readonly name: string } & BindAddress;

/** What every interface is bound by when a registration names no address. */
export const ANY_ADDRESS = "0.0.0.0";

/** The name of the bind that is the service's own address. */
const DEFAULT_BIND = "default";

/**
 * What a gateway binds: its service address and port (every interface when it has none), its tagged addresses and the addresses of its
 * `Proxy.Config`, as far as its options ask for each. Of two binds to the same address and port the first by name is kept.
 */
export function gatewayBinds(
  service: CatalogService,
  options: GatewayOptions,
): { readonly binds: readonly Bind[]; readonly unavailable: readonly Unavailable[] } {
  const wanted = new Map<string, BindAddress>();
  if (!options.noDefaultBind) wanted.set(DEFAULT_BIND, { address: service.Address, port: service.Port });
  if (options.bindTaggedAddresses) {
    for (const [name, { Address, Port }] of Object.entries(service.TaggedAddresses ?? {})) {
      wanted.set(name, { address: Address, port: Port });
    }
  }
  for (const [name, bind] of options.bindAddresses) wanted.set(name, bind);

  const binds = new Map<string, Bind>();
  const unavailable: Unavailable[] = [];
  for (const [name, { address, port }] of [...wanted].sort(([a], [b]) => byText(a, b))) {
    const bind = { name, address: address || ANY_ADDRESS, port };
    const place = `${bind.address} ${port}`;
    if (!isIpAddress(bind.address)) {
      unavailable.push({ name: `listener ${name}`, reason: `${address} is no IP address and cannot be bound` });
    } else if (!binds.has(place)) {
      binds.set(place, bind);
    }
  }
  return { binds: [...binds.values()], unavailable };
}
