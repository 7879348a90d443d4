const ALERT_RECORD = 21;
const FATAL = 2;
const DECODE_ERROR = 50;
const INTERNAL_ERROR = 80;
const UNRECOGNIZED_NAME = 112;

/**
 * The fatal alert for a client that asked for a server name which is not served here, or for none; a record to be sent in the clear
 * before any ServerHello.
 *
 * @see RFC 6066 section 3
 */
export function unrecognizedNameAlert(): Uint8Array {
  return fatalAlert(UNRECOGNIZED_NAME);
}

/** The fatal alert for a client whose name is served here, but not now; sent like `unrecognizedNameAlert`. */
export function internalErrorAlert(): Uint8Array {
  return fatalAlert(INTERNAL_ERROR);
}

/** The fatal alert for a ClientHello that cannot be read, being too large or malformed; sent like `unrecognizedNameAlert`. */
export function decodeErrorAlert(): Uint8Array {
  return fatalAlert(DECODE_ERROR);
}

/** @see RFC 8446 section 6 */
function fatalAlert(description: number): Uint8Array {
  return Uint8Array.of(ALERT_RECORD, 3, 3, 0, 2, FATAL, description);
}
