/** Numbers of OpenSSL 3, by the names that its headers give them. */

export const SSL_CTRL_MODE = 33;
export const SSL_CTRL_SET_READ_AHEAD = 41;
export const SSL_CTRL_SET_SESS_CACHE_MODE = 44;
export const SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
export const SSL_CTRL_SET_TLSEXT_TICKET_KEYS = 59;
export const SSL_CTRL_CHAIN_CERT = 89;
export const SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
export const SSL_CTRL_SET_MAX_PROTO_VERSION = 124;

export const SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER = 0x2n;
export const SSL_MODE_RELEASE_BUFFERS = 0x10n;
export const SSL_SESS_CACHE_OFF = 0n;
export const SSL_SESS_CACHE_CLIENT = 0x1n;
export const SSL_SESS_CACHE_NO_INTERNAL = 0x300n;

export const SSL_OP_IGNORE_UNEXPECTED_EOF = 1n << 7n;
export const SSL_OP_CIPHER_SERVER_PREFERENCE = 1n << 22n;
export const SSL_OP_NO_RENEGOTIATION = 1n << 30n;
export const SSL_OP_NO_TX_CERTIFICATE_COMPRESSION = 1n << 32n;
export const SSL_OP_NO_RX_CERTIFICATE_COMPRESSION = 1n << 33n;

export const SSL_SENT_SHUTDOWN = 1;

export const SSL_VERIFY_PEER = 1;
export const SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 2;

export const SSL_ERROR_SSL = 1;
export const SSL_ERROR_WANT_READ = 2;
export const SSL_ERROR_WANT_WRITE = 3;
export const SSL_ERROR_ZERO_RETURN = 6;

export const TLSEXT_NAMETYPE_HOST_NAME = 0n;
export const SSL_TLSEXT_ERR_OK = 0;
export const SSL_TLSEXT_ERR_NOACK = 3;

export const SSL3_RANDOM_BYTES = 32;

export const X509_V_OK = 0;

export const BIO_CTRL_RESET = 1;
export const BIO_CTRL_INFO = 3;
export const BIO_NOCLOSE = 0;

/** Versions of TLS as they are written on the wire, by Node's names. */
export const PROTOCOL_VERSIONS = { TLSv1: 0x301n, "TLSv1.1": 0x302n, "TLSv1.2": 0x303n, "TLSv1.3": 0x304n } as const;
