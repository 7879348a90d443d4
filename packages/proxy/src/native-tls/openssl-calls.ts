import type { Ffi } from "../splice/load-ffi.ts";

/** The functions of OpenSSL, and two of the C library beside them, as C declares them. `size_t` and `long` are registers of 64 bits. */
const CALLS = {
  OpenSSL_version_num: { return: "u64", arguments: [] },
  TLS_server_method: { return: "pointer", arguments: [] },
  TLS_client_method: { return: "pointer", arguments: [] },
  SSL_CTX_new: { return: "pointer", arguments: ["pointer"] },
  SSL_CTX_free: { return: "void", arguments: ["pointer"] },
  SSL_CTX_ctrl: { return: "i64", arguments: ["pointer", "i32", "i64", "pointer"] },
  SSL_CTX_set_options: { return: "u64", arguments: ["pointer", "u64"] },
  SSL_CTX_set_verify: { return: "void", arguments: ["pointer", "i32", "pointer"] },
  SSL_CTX_set_timeout: { return: "i64", arguments: ["pointer", "i64"] },
  SSL_CTX_set_num_tickets: { return: "i32", arguments: ["pointer", "u64"] },
  SSL_CTX_set_session_id_context: { return: "i32", arguments: ["pointer", "pointer", "u32"] },
  SSL_CTX_set_default_read_buffer_len: { return: "void", arguments: ["pointer", "u64"] },
  SSL_CTX_set_cipher_list: { return: "i32", arguments: ["pointer", "pointer"] },
  SSL_CTX_set_ciphersuites: { return: "i32", arguments: ["pointer", "pointer"] },
  SSL_CTX_set_alpn_select_cb: { return: "void", arguments: ["pointer", "pointer", "pointer"] },
  SSL_CTX_use_certificate: { return: "i32", arguments: ["pointer", "pointer"] },
  SSL_CTX_use_PrivateKey: { return: "i32", arguments: ["pointer", "pointer"] },
  SSL_CTX_check_private_key: { return: "i32", arguments: ["pointer"] },
  SSL_CTX_add_client_CA: { return: "i32", arguments: ["pointer", "pointer"] },
  SSL_CTX_get_cert_store: { return: "pointer", arguments: ["pointer"] },
  X509_STORE_add_cert: { return: "i32", arguments: ["pointer", "pointer"] },
  SSL_new: { return: "pointer", arguments: ["pointer"] },
  SSL_free: { return: "void", arguments: ["pointer"] },
  SSL_set_bio: { return: "void", arguments: ["pointer", "pointer", "pointer"] },
  SSL_set0_rbio: { return: "void", arguments: ["pointer", "pointer"] },
  SSL_set_accept_state: { return: "void", arguments: ["pointer"] },
  SSL_set_connect_state: { return: "void", arguments: ["pointer"] },
  SSL_do_handshake: { return: "i32", arguments: ["pointer"] },
  SSL_read: { return: "i32", arguments: ["pointer", "pointer", "i32"] },
  SSL_write: { return: "i32", arguments: ["pointer", "pointer", "i32"] },
  SSL_shutdown: { return: "i32", arguments: ["pointer"] },
  SSL_get_error: { return: "i32", arguments: ["pointer", "i32"] },
  SSL_get_verify_result: { return: "i64", arguments: ["pointer"] },
  SSL_get0_peer_certificate: { return: "pointer", arguments: ["pointer"] },
  SSL_get0_verified_chain: { return: "pointer", arguments: ["pointer"] },
  SSL_session_reused: { return: "i32", arguments: ["pointer"] },
  OPENSSL_sk_num: { return: "i32", arguments: ["pointer"] },
  OPENSSL_sk_value: { return: "pointer", arguments: ["pointer", "i32"] },
  BIO_new: { return: "pointer", arguments: ["pointer"] },
  BIO_s_mem: { return: "pointer", arguments: [] },
  BIO_new_socket: { return: "pointer", arguments: ["i32", "i32"] },
  BIO_new_mem_buf: { return: "pointer", arguments: ["pointer", "i32"] },
  BIO_write: { return: "i32", arguments: ["pointer", "pointer", "i32"] },
  BIO_ctrl: { return: "i64", arguments: ["pointer", "i32", "i64", "pointer"] },
  BIO_free: { return: "i32", arguments: ["pointer"] },
  PEM_read_bio_X509: { return: "pointer", arguments: ["pointer", "pointer", "pointer", "pointer"] },
  PEM_read_bio_PrivateKey: { return: "pointer", arguments: ["pointer", "pointer", "pointer", "pointer"] },
  i2d_X509: { return: "i32", arguments: ["pointer", "pointer"] },
  X509_free: { return: "void", arguments: ["pointer"] },
  EVP_PKEY_free: { return: "void", arguments: ["pointer"] },
  ERR_clear_error: { return: "void", arguments: [] },
  ERR_get_error: { return: "u64", arguments: [] },
  ERR_reason_error_string: { return: "pointer", arguments: ["u64"] },
  recv: { return: "i32", arguments: ["i32", "pointer", "u64", "i32"] },
  send: { return: "i32", arguments: ["i32", "pointer", "u64", "i32"] },
  __errno_location: { return: "pointer", arguments: [] },
} as const satisfies Parameters<Ffi["dlopen"]>[1];

/** The functions, bound. */
export type OpenSslCalls = ReturnType<typeof bindCalls>;

/** Binds the functions in what the process has loaded already: Node's own OpenSSL. Throws where one is missing. */
export function bindCalls(ffi: Ffi) {
  return ffi.dlopen(null, CALLS).functions;
}
