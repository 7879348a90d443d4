import { isIP } from "node:net";
import type { Endpoint } from "@causeway/routes";
import { printAddress } from "../print-address.ts";
import { packAddress } from "./socket-address.ts";

/** Where an endpoint is, in the forms in which each connection to it needs that. */
export type Place = {
  /** The address as the kernel wants it; `undefined` when the endpoint is named by its host, which has to be looked up. */
  readonly packed: Uint8Array | undefined;
  /** `host:port`. */
  readonly text: string;
};

// Endpoints are those of a table, which never change and go with it.
const PLACES = new WeakMap<Endpoint, Place>();

/** Where an endpoint is; found out once for each endpoint of a table. */
export function placeOfEndpoint(endpoint: Endpoint): Place {
  const known = PLACES.get(endpoint);
  if (known !== undefined) return known;
  const { address: host, port } = endpoint;
  const packed = isIP(host) === 0 ? undefined : packAddress({ host, port });
  const place = { packed, text: printAddress(host, port) };
  PLACES.set(endpoint, place);
  return place;
}
