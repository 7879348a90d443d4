import { type Ends, tlsWays } from "../native-tls/tls-ways.ts";
import type { Ways } from "./carrying.ts";
import { plainWays } from "./plain-ways.ts";
import type { Surroundings } from "./surroundings.ts";

/** Both ways between two ends. @param sent - how much of what the client had sent before the endpoint has already. */
export function waysBetween({ client, upstream, first }: Ends, sent: number, surroundings: Surroundings): Ways {
  if (client.session === undefined && upstream.session === undefined) {
    return plainWays(client.fd, upstream.fd, first === undefined ? undefined : { bytes: first, sent }, surroundings);
  }
  const { kernel, tls } = surroundings;
  return tlsWays({ client, upstream, first }, { kernel, openssl: tls.openssl });
}
