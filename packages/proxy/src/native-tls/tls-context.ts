import type { TlsLimits } from "@causeway/routes";
import type { Leaf, Roots } from "../identities.ts";
import { KnownPeers } from "../known-peers.ts";
import { SESSION_SECONDS, tlsSettings } from "../tls-settings.ts";
import { type OpenSsl, TLS_BUFFER_BYTES } from "./openssl.ts";
import * as n from "./openssl-numbers.ts";
import type { TicketKeys } from "./ticket-keys.ts";

const NULL = 0n;

/** What is presented to the far side. */
export type OwnCertificate = Pick<Leaf, "certificatePem" | "privateKeyPem">;

/** What a context is made of. */
export type TlsMaterial = {
  /** Under what the far side is verified. */
  readonly trusted: Pick<Roots, "certificatesPem" | "version">;
  readonly limits?: TlsLimits | undefined;
} & (
  | { readonly role: "server"; readonly own: OwnCertificate; readonly tickets: TicketKeys }
  | { readonly role: "client"; readonly own: OwnCertificate | undefined }
);

/** Which side of a handshake it is for. */
export type Role = TlsMaterial["role"];

/**
 * What handshakes are made with: a certificate, the roots under which the far side is verified, limits and, where clients are taken in, the
 * keys of the tickets by which sessions are resumed, which change with any of these. Whoever makes it closes it; sessions begun before go on,
 * and none can be begun after.
 *
 * A server refuses whoever is not verified in the handshake itself. A client completes its handshake with anybody, so that it can be said
 * what is wrong with the far side's certificate: whoever uses it asks for `TlsSession.verifyResult` before anything is sent.
 */
export class TlsContext {
  readonly role: Role;
  /** Which roots the far side is verified under. */
  readonly rootsVersion: Roots["version"];
  readonly limits: TlsLimits | undefined;
  readonly peers = new KnownPeers();
  readonly #openssl: OpenSsl;
  #at: bigint;

  /** Throws an error that says what OpenSSL does not accept. */
  constructor(openssl: OpenSsl, material: TlsMaterial) {
    const { calls } = openssl;
    const { role, own, trusted, limits } = material;
    this.#openssl = openssl;
    this.role = role;
    this.rootsVersion = trusted.version;
    this.limits = limits;
    calls.ERR_clear_error();
    this.#at = calls.SSL_CTX_new(role === "server" ? calls.TLS_server_method() : calls.TLS_client_method());
    if (this.#at === NULL) throw new Error("OpenSSL gives no context");
    try {
      this.#tune();
      this.#verify();
      if (material.role === "server") this.#giveTickets(material.tickets);
      this.#limit(limits);
      if (own !== undefined) this.#present(own);
      for (const pem of trusted.certificatesPem) this.#trust(pem);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Begins an SSL of its own, for whoever calls to free. Throws when it was closed: what has been freed must never be touched. */
  begin(): bigint {
    if (this.#at === NULL) throw new Error("a session was begun by what had been let go of");
    const ssl = this.#openssl.calls.SSL_new(this.#at);
    if (ssl === NULL) throw new Error("OpenSSL gives no session");
    return ssl;
  }

  /** Lets go of it. */
  close(): void {
    this.#openssl.calls.SSL_CTX_free(this.#at);
    this.#at = NULL;
  }

  #tune(): void {
    const { calls, alpnChooser, sessionGiver } = this.#openssl;
    // An end of TCP without close_notify counts as the end of one direction, as with Node's sockets.
    const manners = n.SSL_OP_IGNORE_UNEXPECTED_EOF | n.SSL_OP_CIPHER_SERVER_PREFERENCE | n.SSL_OP_NO_RENEGOTIATION;
    // To compress a leaf anew for each handshake takes longer than the handshake, and saves some hundred bytes.
    const plainly = n.SSL_OP_NO_TX_CERTIFICATE_COMPRESSION | n.SSL_OP_NO_RX_CERTIFICATE_COMPRESSION;
    calls.SSL_CTX_set_options(this.#at, manners | plainly);
    const mode = n.SSL_MODE_RELEASE_BUFFERS | n.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;
    calls.SSL_CTX_ctrl(this.#at, n.SSL_CTRL_MODE, mode, NULL);
    calls.SSL_CTX_ctrl(this.#at, n.SSL_CTRL_SET_READ_AHEAD, 1n, NULL);
    calls.SSL_CTX_set_default_read_buffer_len(this.#at, BigInt(TLS_BUFFER_BYTES));
    // OpenSSL keeps nothing of sessions: a client that is taken in has it all in its ticket, and `NativeClient` has those that are dialled.
    let sessions = n.SSL_SESS_CACHE_OFF;
    if (this.role === "server") calls.SSL_CTX_set_alpn_select_cb(this.#at, alpnChooser, NULL);
    else {
      sessions = n.SSL_SESS_CACHE_CLIENT | n.SSL_SESS_CACHE_NO_INTERNAL;
      calls.SSL_CTX_sess_set_new_cb(this.#at, sessionGiver);
    }
    calls.SSL_CTX_ctrl(this.#at, n.SSL_CTRL_SET_SESS_CACHE_MODE, sessions, NULL);
  }

  #verify(): void {
    const { calls, verification } = this.#openssl;
    if (this.role === "server") {
      calls.SSL_CTX_set_verify(this.#at, n.SSL_VERIFY_PEER | n.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    } else {
      calls.SSL_CTX_set_verify(this.#at, n.SSL_VERIFY_PEER, verification);
    }
  }

  #giveTickets({ keys, sessionContext }: TicketKeys): void {
    const { calls } = this.#openssl;
    // One is enough: it may be used more than once.
    calls.SSL_CTX_set_timeout(this.#at, BigInt(SESSION_SECONDS));
    this.#demand(calls.SSL_CTX_set_num_tickets(this.#at, 1n));
    this.#openssl.withBytes(keys, (at, length) =>
      this.#demand(Number(calls.SSL_CTX_ctrl(this.#at, n.SSL_CTRL_SET_TLSEXT_TICKET_KEYS, BigInt(length), at))),
    );
    this.#openssl.withBytes(sessionContext, (at, length) =>
      this.#demand(calls.SSL_CTX_set_session_id_context(this.#at, at, length)),
    );
  }

  #limit(limits: TlsLimits | undefined): void {
    const { calls } = this.#openssl;
    const { minVersion, maxVersion, ciphers = "" } = tlsSettings(limits);
    const version = (control: number, name: keyof typeof n.PROTOCOL_VERSIONS | undefined) => {
      if (name === undefined) return;
      this.#demand(Number(calls.SSL_CTX_ctrl(this.#at, control, n.PROTOCOL_VERSIONS[name], NULL)));
    };
    version(n.SSL_CTRL_SET_MIN_PROTO_VERSION, minVersion);
    version(n.SSL_CTRL_SET_MAX_PROTO_VERSION, maxVersion);
    const suites = ciphers.split(":");
    const listed = (list: readonly string[], set: (at: bigint) => number) =>
      this.#openssl.withBytes(Buffer.from(list.join(":")), (at) => this.#demand(set(at)));
    listed(
      suites.filter((suite) => suite.startsWith("TLS_")),
      (at) => calls.SSL_CTX_set_ciphersuites(this.#at, at),
    );
    listed(
      suites.filter((suite) => !suite.startsWith("TLS_")),
      (at) => calls.SSL_CTX_set_cipher_list(this.#at, at),
    );
  }

  #present({ certificatePem, privateKeyPem }: OwnCertificate): void {
    const { calls } = this.#openssl;
    this.#eachCertificate(certificatePem, (certificate, i) => {
      if (i === 0) this.#demand(calls.SSL_CTX_use_certificate(this.#at, certificate));
      else this.#demand(Number(calls.SSL_CTX_ctrl(this.#at, n.SSL_CTRL_CHAIN_CERT, 1n, certificate)));
    });
    this.#withBio(Buffer.from(privateKeyPem), (bio) => {
      // With an empty password, since OpenSSL would ask for one at the terminal.
      const key = this.#openssl.withBytes(Buffer.alloc(0), (password) =>
        calls.PEM_read_bio_PrivateKey(bio, NULL, NULL, password),
      );
      this.#demand(key === NULL ? 0 : 1);
      const used = calls.SSL_CTX_use_PrivateKey(this.#at, key);
      calls.EVP_PKEY_free(key);
      this.#demand(used);
    });
    this.#demand(calls.SSL_CTX_check_private_key(this.#at));
  }

  #trust(pem: string): void {
    const { calls } = this.#openssl;
    this.#eachCertificate(pem, (certificate) => {
      this.#demand(calls.X509_STORE_add_cert(calls.SSL_CTX_get_cert_store(this.#at), certificate));
      this.#demand(calls.SSL_CTX_add_client_CA(this.#at, certificate));
    });
  }

  #eachCertificate(pem: string, use: (certificate: bigint, i: number) => void): void {
    const { calls } = this.#openssl;
    this.#withBio(Buffer.from(pem), (bio) => {
      for (let i = 0; ; i++) {
        const certificate = calls.PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
        if (certificate === NULL) {
          // There is one at least; after the last, that there is no other is what the queue says.
          if (i === 0) this.#demand(0);
          calls.ERR_clear_error();
          return;
        }
        try {
          use(certificate, i);
        } finally {
          calls.X509_free(certificate);
        }
      }
    });
  }

  /** Has `use` read these bytes, which are wiped afterwards. */
  #withBio(bytes: Buffer, use: (bio: bigint) => void): void {
    const { calls } = this.#openssl;
    this.#openssl.withBytes(bytes, (at, length) => {
      const bio = calls.BIO_new_mem_buf(at, length);
      try {
        use(bio);
      } finally {
        calls.BIO_free(bio);
        bytes.fill(0);
      }
    });
  }

  #demand(result: number): void {
    if (result > 0) return;
    throw new Error(this.#openssl.takeFault()?.reason ?? "OpenSSL refused");
  }
}
