import { loadFfi } from "@causeway/runtime/ffi";
import { chooseProtocol } from "../alpn.ts";
import { bindCalls, type OpenSslCalls } from "./openssl-calls.ts";
import { SSL_TLSEXT_ERR_NOACK, SSL_TLSEXT_ERR_OK } from "./openssl-numbers.ts";

type Ffi = NonNullable<ReturnType<typeof loadFfi>>;

/** What a call of OpenSSL failed for, in the terms of Node's errors. */
export type TlsFault = {
  /** "ERR_SSL_…" by OpenSSL's reason, or the name of the system's error. */
  readonly code: string;
  /** OpenSSL's reason in words; absent where the system failed. */
  readonly reason?: string;
};

/** Room for several records at once, so that a call of the system moves more than one. */
export const TLS_BUFFER_BYTES = 128 * 1024;

const POINTER_BYTES = 8;
const ALPN = {
  return: "i32",
  arguments: ["pointer", "pointer", "pointer", "pointer", "u32", "pointer"],
} as const;

/** Takes a session that a far side has given a ticket of; what is taken is for whoever has taken it to free. */
export type SessionTaker = (session: bigint) => "taken" | "left";

const NEW_SESSION = { return: "i32", arguments: ["pointer", "pointer"] } as const;
const VERIFICATION = { return: "i32", arguments: ["i32", "pointer"] } as const;

/**
 * Node's own OpenSSL, by `node:ffi`. One instance is for one thread only, with memory of its own that calls read and write: `buffer` is what
 * was decrypted, or is to be encrypted.
 */
export class OpenSsl {
  readonly calls: OpenSslCalls;
  readonly buffer = Buffer.allocUnsafeSlow(TLS_BUFFER_BYTES);
  /** Where `buffer` is. */
  readonly bufferAt: bigint;
  /** What chooses a protocol by ALPN, as OpenSSL calls it: in the middle of a handshake, on this thread. */
  readonly alpnChooser: bigint;
  /**
   * Has the verification of a far side go on to its end whatever is found, as Node's sockets do: the handshake is completed, so that its
   * certificate can be told of, and what was found last is `TlsSession.verifyResult`, which must be asked before anything is sent.
   */
  readonly verification: bigint;
  /** What asks the taker of an SSL, as OpenSSL calls it: while it reads a ticket, on this thread. */
  readonly sessionGiver: bigint;
  /** By the SSL whose sessions they take; what is left, or has no taker, is OpenSSL's to free. */
  readonly takers = new Map<bigint, SessionTaker>();
  readonly #ffi: Ffi;
  // Kept, since the callbacks live no longer.
  readonly #library: ReturnType<Ffi["dlopen"]>["lib"];
  readonly #errno: bigint;
  readonly #pointer = Buffer.alloc(POINTER_BYTES);
  readonly #pointerAt: bigint;

  private constructor(ffi: Ffi) {
    this.#ffi = ffi;
    this.calls = bindCalls(ffi);
    this.bufferAt = ffi.getRawPointer(this.buffer);
    this.#pointerAt = ffi.getRawPointer(this.#pointer);
    this.#errno = this.calls.__errno_location();
    this.#library = ffi.dlopen(null).lib;
    this.alpnChooser = this.#library.registerCallback(ALPN, (_ssl, out, outLength, offered, length) =>
      this.#choose(addressOf(out), addressOf(outLength), addressOf(offered), length),
    );
    this.verification = this.#library.registerCallback(VERIFICATION, () => 1);
    this.sessionGiver = this.#library.registerCallback(NEW_SESSION, (ssl, session) =>
      this.takers.get(addressOf(ssl))?.(addressOf(session)) === "taken" ? 1 : 0,
    );
  }

  /** Binds OpenSSL; throws an error that says what is missing here. */
  static open(): OpenSsl {
    const ffi = loadFfi();
    if (ffi === undefined) throw new Error(`this Node (${process.version}) has no node:ffi, or was told not to use it`);
    const openssl = new OpenSsl(ffi);
    const found = versionText(openssl.calls.OpenSSL_version_num());
    const own = /^\d+\.\d+\.\d+/.exec(process.versions["openssl"] ?? "")?.[0];
    if (found !== own) throw new Error(`the OpenSSL that was found is ${found}, and Node's own is ${own}`);
    return openssl;
  }

  /** Lets go of it; no context that was made by it must be in use any more. */
  close(): void {
    this.#library.unregisterCallback(this.alpnChooser);
    this.#library.unregisterCallback(this.verification);
    this.#library.unregisterCallback(this.sessionGiver);
    this.buffer.fill(0);
  }

  /** The system's error of the last call; nothing else must have been called since. */
  errno(): number {
    return this.#ffi.getInt32(this.#errno, 0);
  }

  /** Why the last call failed, by the oldest entry of OpenSSL's queue, which is empty then; `undefined` when it says nothing. */
  takeFault(): TlsFault | undefined {
    const error = this.calls.ERR_get_error();
    if (error === 0n) return undefined;
    this.calls.ERR_clear_error();
    const reason = this.#ffi.toString(this.calls.ERR_reason_error_string(error)) ?? `error ${error}`;
    return { code: `ERR_SSL_${reason.toUpperCase().replaceAll(" ", "_")}`, reason };
  }

  /** Has `use` read bytes at the address where they stay until it returns. They are wiped then, since they may be a key. */
  withBytes<T>(bytes: Uint8Array, use: (at: bigint, length: number) => T): T {
    // One more, which is 0: a string of C ends there.
    const copy = Buffer.allocUnsafeSlow(bytes.length + 1);
    copy.set(bytes);
    copy[bytes.length] = 0;
    try {
      return use(this.#ffi.getRawPointer(copy), bytes.length);
    } finally {
      copy.fill(0);
    }
  }

  /** A copy of a certificate's DER, which is smaller than `buffer`, or it would not have come through a handshake. */
  derOf(certificate: bigint): Buffer {
    const length = this.calls.i2d_X509(certificate, 0n);
    if (length <= 0 || length > TLS_BUFFER_BYTES) throw new Error("a certificate cannot be encoded");
    this.#pointer.writeBigUInt64LE(this.bufferAt);
    this.calls.i2d_X509(certificate, this.#pointerAt);
    return Buffer.from(this.buffer.subarray(0, length));
  }

  /** How much a memory BIO holds; `lastContent` says where. */
  contentOf(bio: bigint, infoControl: number): number {
    return Number(this.calls.BIO_ctrl(bio, infoControl, 0n, this.#pointerAt));
  }

  /** Where the content is that `contentOf` told of last. */
  lastContent(): bigint {
    return this.#pointer.readBigUInt64LE();
  }

  #choose(out: bigint, outLength: bigint, offered: bigint, length: number): number {
    const bytes = this.#ffi.toBuffer(offered, length, true);
    const starts = new Map<string, number>();
    for (let at = 0; at < length; at += 1 + (bytes[at] ?? 0)) {
      starts.set(bytes.toString("latin1", at + 1, at + 1 + (bytes[at] ?? 0)), at + 1);
    }
    const chosen = chooseProtocol([...starts.keys()]);
    if (chosen === undefined) return SSL_TLSEXT_ERR_NOACK;
    // It may point into what was offered.
    this.#ffi.setUint64(out, 0, offered + BigInt(starts.get(chosen) ?? 0));
    this.#ffi.setUint8(outLength, 0, chosen.length);
    return SSL_TLSEXT_ERR_OK;
  }
}

/** A pointer that comes from C, which is a number whatever else one may give for a pointer to C. */
function addressOf(pointer: unknown): bigint {
  if (typeof pointer !== "bigint") throw new TypeError("a pointer from C is no number");
  return pointer;
}

function versionText(number: bigint): string {
  return `${number >> 28n}.${(number >> 20n) & 0xffn}.${(number >> 4n) & 0xffffn}`;
}
