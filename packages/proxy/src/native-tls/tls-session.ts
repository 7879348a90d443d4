import { wouldBlock } from "../splice/linux.ts";
import { errorName } from "../splice/system-errors.ts";
import { type OpenSsl, TLS_BUFFER_BYTES, type TlsFault } from "./openssl.ts";
import * as n from "./openssl-numbers.ts";
import { Resumption } from "./resumption.ts";
import type { TlsContext } from "./tls-context.ts";

/** How far a call has got; what it failed for is then in `fault`. */
export type TlsProgress = "done" | "waiting" | "failed";

/** What `read` gives where there are no bytes. */
export const ENDED = 0;
export const WAITING = -1;
export const FAILED = -2;

/**
 * TLS on a socket that never blocks. What arrives OpenSSL reads from the socket itself, several records at once; what is to be sent it
 * writes into memory, which `flush` sends in one go, so that no call of OpenSSL ever waits for room. Whoever has it closes it, and the socket
 * after that.
 */
export class TlsSession {
  /** What it failed for. */
  fault: TlsFault = { code: "ECONNRESET" };
  /** Of use to whoever begins TLS. */
  readonly resumption: Resumption;
  readonly #openssl: OpenSsl;
  readonly #fd: number;
  readonly #ssl: bigint;
  readonly #outgoing: bigint;
  // Asked before each call that moves bytes: what has been freed must never be touched, whoever still holds on to this.
  #open = true;
  #unread: boolean;
  /** Of what `outgoing` holds, so much has been sent. */
  #sent = 0;
  #holds = false;

  /** @param received - what the socket has been read of before. */
  constructor(openssl: OpenSsl, context: TlsContext, fd: number, received?: Uint8Array) {
    const { calls } = openssl;
    this.#openssl = openssl;
    this.#fd = fd;
    this.#ssl = context.begin();
    this.resumption = new Resumption(openssl, this.#ssl);
    this.#outgoing = calls.BIO_new(calls.BIO_s_mem());
    this.#unread = received !== undefined;
    if (received === undefined) calls.SSL_set_bio(this.#ssl, calls.BIO_new_socket(fd, n.BIO_NOCLOSE), this.#outgoing);
    else {
      const incoming = calls.BIO_new(calls.BIO_s_mem());
      openssl.withBytes(received, (at, length) => calls.BIO_write(incoming, at, length));
      calls.SSL_set_bio(this.#ssl, incoming, this.#outgoing);
    }
    if (context.role === "server") calls.SSL_set_accept_state(this.#ssl);
    else calls.SSL_set_connect_state(this.#ssl);
  }

  /** Whether something waits to be sent. */
  get stuck(): boolean {
    return this.#holds;
  }

  /** Asks the far side for a server by name (SNI); to be called before the handshake. */
  askFor(serverName: string): void {
    const { calls } = this.#openssl;
    this.#openssl.withBytes(Buffer.from(serverName), (at) =>
      calls.SSL_ctrl(this.#ssl, n.SSL_CTRL_SET_TLSEXT_HOSTNAME, n.TLSEXT_NAMETYPE_HOST_NAME, at),
    );
  }

  /** Goes on with the handshake as far as what has arrived allows. */
  handshake(): TlsProgress {
    if (!this.#open) return "failed";
    const { calls } = this.#openssl;
    for (;;) {
      calls.ERR_clear_error();
      const result = calls.SSL_do_handshake(this.#ssl);
      this.#holds = true;
      if (result === 1) return "done";
      const outcome = this.#judge(result);
      if (outcome !== WAITING) return "failed";
      if (!this.#turnToSocket()) return "waiting";
    }
  }

  /** Decrypts into the buffer from `offset` on; the number of bytes, or ENDED, WAITING or FAILED. */
  read(offset: number): number {
    if (!this.#open) return FAILED;
    const { calls, bufferAt } = this.#openssl;
    for (;;) {
      calls.ERR_clear_error();
      const result = calls.SSL_read(this.#ssl, bufferAt + BigInt(offset), TLS_BUFFER_BYTES - offset);
      if (result > 0) return result;
      const outcome = this.#judge(result);
      if (outcome !== WAITING) return outcome;
      if (this.#turnToSocket()) continue;
      this.#sendAnswer();
      return WAITING;
    }
  }

  /** Encrypts the first bytes of the buffer, for `flush` to send; false when it failed. */
  write(length: number): boolean {
    if (!this.#open) return false;
    const { calls, bufferAt } = this.#openssl;
    calls.ERR_clear_error();
    const result = calls.SSL_write(this.#ssl, bufferAt, length);
    this.#holds = true;
    if (result === length) return true;
    this.#judge(result);
    return false;
  }

  /** Says by close_notify that nothing more will be sent, which `flush` sends. */
  endSending(): void {
    if (!this.#open) return;
    this.#openssl.calls.ERR_clear_error();
    this.#openssl.calls.SSL_shutdown(this.#ssl);
    this.#holds = true;
  }

  /** Sends what there is to send; "waiting" when the socket does not take all of it. */
  flush(): TlsProgress {
    if (!this.#open) return "failed";
    if (!this.#holds) return "done";
    const { calls } = this.#openssl;
    const length = this.#openssl.contentOf(this.#outgoing, n.BIO_CTRL_INFO);
    const left = length - this.#sent;
    if (left > 0) {
      const at = this.#openssl.lastContent() + BigInt(this.#sent);
      const sent = calls.send(this.#fd, at, BigInt(left), 0);
      if (sent < 0) {
        const errno = this.#openssl.errno();
        if (wouldBlock(-errno)) return "waiting";
        this.fault = { code: errorName(errno) };
        return "failed";
      }
      this.#sent += sent;
      if (sent < left) return "waiting";
    }
    calls.BIO_ctrl(this.#outgoing, n.BIO_CTRL_RESET, 0n, 0n);
    this.#sent = 0;
    this.#holds = false;
    return "done";
  }

  /** Whether the session was begun in an earlier handshake. */
  get resumed(): boolean {
    return this.#openssl.calls.SSL_session_reused(this.#ssl) === 1;
  }

  /** What came of the verification of the far side, in this handshake or in that of the session: X509_V_OK, or what is wrong with it. */
  get verifyResult(): number {
    return Number(this.#openssl.calls.SSL_get_verify_result(this.#ssl));
  }

  /** The certificate of the far side in DER, a copy; `undefined` when there is none. */
  peerCertificate(): Uint8Array | undefined {
    const certificate = this.#openssl.calls.SSL_get0_peer_certificate(this.#ssl);
    return certificate === 0n ? undefined : this.#openssl.derOf(certificate);
  }

  /** The certificates above that of the far side, up to the root under which it was verified; none when the session was resumed. */
  certificatesAbove(): readonly Uint8Array[] {
    return this.#dersOf(this.#openssl.calls.SSL_get0_verified_chain(this.#ssl)).slice(1);
  }

  /** The certificates that a server has sent, its own first. */
  sentCertificates(): readonly Uint8Array[] {
    return this.#dersOf(this.#openssl.calls.SSL_get_peer_cert_chain(this.#ssl));
  }

  /** The random of the client's hello. */
  clientRandom(): Uint8Array {
    const { calls, buffer, bufferAt } = this.#openssl;
    calls.SSL_get_client_random(this.#ssl, bufferAt, BigInt(n.SSL3_RANDOM_BYTES));
    return Uint8Array.from(buffer.subarray(0, n.SSL3_RANDOM_BYTES));
  }

  /** Lets go of it and of its keys, without a word to the far side; the socket stays open. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.resumption.close();
    this.#openssl.calls.SSL_free(this.#ssl);
  }

  /** Sends what OpenSSL has said by itself: the answer to new keys, or that there will be no second handshake. */
  #sendAnswer(): void {
    if (this.#holds || this.#openssl.calls.BIO_ctrl_pending(this.#outgoing) === 0n) return;
    this.#holds = true;
    this.flush();
  }

  #dersOf(stack: bigint): readonly Uint8Array[] {
    const { calls } = this.#openssl;
    const length = stack === 0n ? 0 : calls.OPENSSL_sk_num(stack);
    return Array.from({ length }, (_, i) => this.#openssl.derOf(calls.OPENSSL_sk_value(stack, i)));
  }

  /** What a call that gave no bytes means. */
  #judge(result: number): number {
    // The system's error first: any call may overwrite it.
    const errno = this.#openssl.errno();
    const error = this.#openssl.calls.SSL_get_error(this.#ssl, result);
    if (error === n.SSL_ERROR_WANT_READ || error === n.SSL_ERROR_WANT_WRITE) return WAITING;
    if (error === n.SSL_ERROR_ZERO_RETURN) return ENDED;
    this.fault =
      error === n.SSL_ERROR_SSL
        ? (this.#openssl.takeFault() ?? { code: "ERR_SSL_UNKNOWN" })
        : { code: errno === 0 ? "ECONNRESET" : errorName(errno) };
    return FAILED;
  }

  /** Goes on to read from the socket itself, when all that was received before has been read; false when it does so already. */
  #turnToSocket(): boolean {
    if (!this.#unread) return false;
    this.#unread = false;
    const { calls } = this.#openssl;
    calls.SSL_set0_rbio(this.#ssl, calls.BIO_new_socket(this.#fd, n.BIO_NOCLOSE));
    return true;
  }
}
