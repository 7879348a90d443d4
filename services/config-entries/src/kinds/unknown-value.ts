const PROTOCOLS = ["", "tcp", "http", "http2", "grpc"];
const MODES = [undefined, "", "none", "local", "remote"];

/** Warns of a protocol that means nothing. */
export function unknownProtocol(protocol: string): string[] {
  return PROTOCOLS.includes(protocol) ? [] : [`the protocol "${protocol}" is not known and counts as tcp`];
}

/** Warns of a gateway mode that means nothing. */
export function unknownMode(mode: string | undefined): string[] {
  return MODES.includes(mode) ? [] : [`the mesh gateway mode "${mode}" is not known and counts as unset`];
}
