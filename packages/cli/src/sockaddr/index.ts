/**
 * Addresses as Consul's command line takes them.
 *
 *     parseAddress('{{ GetInterfaceIP "eth0" }}:8443', systemAddresses()); // { address: "10.0.0.5", port: 8443 }
 */
export { AddressError, type AddressFailure } from "./errors.ts";
export { evaluateAddress } from "./evaluate.ts";
export { type AddressSource, addressSource, type InterfaceAddress, systemAddresses } from "./host.ts";
export { DEFAULT_GATEWAY_PORT, parseAddress, type ServiceAddress } from "./parse-address.ts";
