import { endianness } from "node:os";
import { type Ffi, loadFfi } from "@causeway/runtime/ffi";
import * as linux from "./linux.ts";
import { LONGEST_ADDRESS_BYTES, type SocketAddress, unpackAddress } from "./socket-address.ts";

/** The calls, as C declares them. Sizes are `u64`, so that all of a register is written. */
const CALLS = {
  socket: { return: "i32", arguments: ["i32", "i32", "i32"] },
  bind: { return: "i32", arguments: ["i32", "pointer", "i32"] },
  listen: { return: "i32", arguments: ["i32", "i32"] },
  accept4: { return: "i32", arguments: ["i32", "pointer", "pointer", "i32"] },
  connect: { return: "i32", arguments: ["i32", "pointer", "i32"] },
  getsockname: { return: "i32", arguments: ["i32", "pointer", "pointer"] },
  setsockopt: { return: "i32", arguments: ["i32", "i32", "i32", "pointer", "i32"] },
  getsockopt: { return: "i32", arguments: ["i32", "i32", "i32", "pointer", "pointer"] },
  recv: { return: "i32", arguments: ["i32", "pointer", "u64", "i32"] },
  splice: { return: "i32", arguments: ["i32", "pointer", "i32", "pointer", "u64", "u32"] },
  pipe2: { return: "i32", arguments: ["pointer", "i32"] },
  fcntl: { return: "i32", arguments: ["i32", "i32", "i32"] },
  shutdown: { return: "i32", arguments: ["i32", "i32"] },
  close: { return: "i32", arguments: ["i32"] },
  eventfd: { return: "i32", arguments: ["u32", "i32"] },
  read: { return: "i32", arguments: ["i32", "pointer", "u64"] },
  write: { return: "i32", arguments: ["i32", "pointer", "u64"] },
  epoll_create1: { return: "i32", arguments: ["i32"] },
  epoll_ctl: { return: "i32", arguments: ["i32", "i32", "i32", "pointer"] },
  epoll_wait: { return: "i32", arguments: ["i32", "pointer", "i32", "i32"] },
  __errno_location: { return: "pointer", arguments: [] },
} as const satisfies Parameters<Ffi["dlopen"]>[1];

/** More than the longest ClientHello with all its record headers. */
export const BUFFER_BYTES = 96 * 1024;

/** Events that one `wait` gives at most. */
const EVENTS = 512;

/** The most that one `splice` moves, which is also the size of a pipe. */
export const SPLICE_BYTES = 1024 * 1024;

/** A step of a classic BPF program that does not jump: what is done, and with which number. */
export type FilterStep = { readonly code: number; readonly value: number };

/** `struct sock_fprog` says how many steps there are, and where; a step is a `struct sock_filter`. */
const PROGRAM_BYTES = 16;
const STEP_BYTES = 8;
const MOST_STEPS = 8;

const NULL = 0n;
const INT_BYTES = 4;
const LENGTH_NUMBER = LONGEST_ADDRESS_BYTES / INT_BYTES;
const COUNTER_BYTES = 8n;

/**
 * System calls of Linux, by `node:ffi`. Each returns what the kernel would: a negative number is `-errno`.
 *
 * Node calls functions of three arguments at most straight from compiled code, and others by way of libffi, which takes it three times as
 * long: what every connection needs is called by the shorter of two ways, so `read` and not `recv`.
 *
 * One instance is for one thread only: it has memory of its own that the calls write to, and which stays where it is, and errno belongs to
 * the thread. Descriptors belong to the process; whoever has one closes it.
 */
export class Kernel {
  /** What was received or peeked at last. */
  readonly buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #calls: ReturnType<typeof bindCalls>;
  // One number, in memory of the C library that belongs to this thread.
  readonly #errno: Int32Array;
  readonly #buffer: bigint;
  // For addresses and option values, with a length behind it.
  readonly #scratch = Buffer.alloc(LONGEST_ADDRESS_BYTES + INT_BYTES);
  // The same, in numbers of 4 bytes, which are written by compiled code.
  readonly #scratchNumbers = new Int32Array(this.#scratch.buffer, this.#scratch.byteOffset);
  readonly #scratchAt: bigint;
  readonly #lengthAt: bigint;
  // In numbers of 4 bytes: the mask, padding where the struct is not packed (all but x86-64), and 8 bytes that are ours.
  readonly #eventNumbers = process.arch === "x64" ? 3 : 4;
  readonly #eventData = this.#eventNumbers - 2;
  readonly #events = new Int32Array(EVENTS * this.#eventNumbers);
  readonly #eventsAt: bigint;
  readonly #size = BigInt(BUFFER_BYTES);
  readonly #spliceSize = BigInt(SPLICE_BYTES);

  readonly #reno = Buffer.alloc(4, "reno");
  readonly #renoAt: bigint;
  readonly #program = Buffer.alloc(PROGRAM_BYTES + MOST_STEPS * STEP_BYTES);
  readonly #programAt: bigint;

  private constructor(ffi: Ffi) {
    this.#calls = bindCalls(ffi);
    this.#errno = new Int32Array(ffi.toArrayBuffer(this.#calls.__errno_location(), INT_BYTES, false));
    this.#buffer = ffi.getRawPointer(this.buffer);
    this.#scratchAt = ffi.getRawPointer(this.#scratch);
    this.#lengthAt = this.#scratchAt + BigInt(LONGEST_ADDRESS_BYTES);
    this.#eventsAt = ffi.getRawPointer(this.#events);
    this.#renoAt = ffi.getRawPointer(this.#reno);
    this.#programAt = ffi.getRawPointer(this.#program);
  }

  /** Binds the calls; throws an error that says what is missing here. */
  static open(): Kernel {
    if (process.platform !== "linux") throw new Error(`the system is ${process.platform} and not Linux`);
    if (!["x64", "arm64"].includes(process.arch) || endianness() !== "LE") {
      throw new Error(`it is not known how ${process.arch} lays out what the kernel is told`);
    }
    const ffi = loadFfi();
    if (ffi === undefined) throw new Error(`this Node (${process.version}) has no node:ffi, or was told not to use it`);
    return new Kernel(ffi);
  }

  /** A TCP socket that never blocks. */
  socket(family: number): number {
    const type = linux.SOCK_STREAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
    return this.#result(this.#calls.socket(family, type, 0));
  }

  bind(fd: number, address: Uint8Array): number {
    this.#scratch.set(address);
    return this.#result(this.#calls.bind(fd, this.#scratchAt, address.length));
  }

  listen(fd: number, backlog: number): number {
    return this.#result(this.#calls.listen(fd, backlog));
  }

  /** A new connection's socket; `lastAddress` says whose it is. */
  accept(fd: number): number {
    this.#scratchNumbers[LENGTH_NUMBER] = LONGEST_ADDRESS_BYTES;
    const flags = linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
    return this.#result(this.#calls.accept4(fd, this.#scratchAt, this.#lengthAt, flags));
  }

  /** Looks up the address that the socket is bound to, for `lastAddress`. */
  ownAddress(fd: number): number {
    this.#scratch.writeInt32LE(LONGEST_ADDRESS_BYTES, LONGEST_ADDRESS_BYTES);
    return this.#result(this.#calls.getsockname(fd, this.#scratchAt, this.#lengthAt));
  }

  /** The address that `accept` or `ownAddress` gave last. */
  lastAddress(): SocketAddress {
    return unpackAddress(this.#scratch);
  }

  connect(fd: number, address: Uint8Array): number {
    this.#scratch.set(address);
    return this.#result(this.#calls.connect(fd, this.#scratchAt, address.length));
  }

  setOption(fd: number, level: number, name: number, value: number): number {
    this.#scratch.writeInt32LE(value);
    return this.#result(this.#calls.setsockopt(fd, level, name, this.#scratchAt, INT_BYTES));
  }

  /** Has TCP send as soon as it may: by Reno, which every Linux has and grants to everybody, and which keeps no pace. */
  sendUnpaced(fd: number): number {
    const { length } = this.#reno;
    return this.#result(this.#calls.setsockopt(fd, linux.IPPROTO_TCP, linux.TCP_CONGESTION, this.#renoAt, length));
  }

  /** Sets an option that is a program, of at most 8 steps. */
  setProgram(fd: number, name: number, steps: readonly FilterStep[]): number {
    this.#program.writeUInt16LE(steps.length);
    this.#program.writeBigUInt64LE(this.#programAt + BigInt(PROGRAM_BYTES), PROGRAM_BYTES / 2);
    steps.forEach(({ code, value }, i) => {
      const at = PROGRAM_BYTES + i * STEP_BYTES;
      this.#program.writeUInt32LE(code, at);
      this.#program.writeUInt32LE(value, at + STEP_BYTES / 2);
    });
    return this.#result(this.#calls.setsockopt(fd, linux.SOL_SOCKET, name, this.#programAt, PROGRAM_BYTES));
  }

  /** Makes `close` send a reset. */
  resetOnClose(fd: number): number {
    this.#scratchNumbers[0] = 1;
    this.#scratchNumbers[1] = 0;
    return this.#result(this.#calls.setsockopt(fd, linux.SOL_SOCKET, linux.SO_LINGER, this.#scratchAt, 2 * INT_BYTES));
  }

  /** The error that the socket met, as a positive number, which is forgotten thereby; 0 when there was none. */
  takeError(fd: number): number {
    this.#scratch.writeInt32LE(0);
    this.#scratch.writeInt32LE(INT_BYTES, LONGEST_ADDRESS_BYTES);
    this.#calls.getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, this.#scratchAt, this.#lengthAt);
    return this.#scratch.readInt32LE();
  }

  /** Copies what has arrived to `buffer` and leaves it where it is. */
  peek(fd: number): number {
    return this.#result(this.#calls.recv(fd, this.#buffer, this.#size, linux.MSG_PEEK));
  }

  /** Receives into `buffer`, at most `BUFFER_BYTES`; 0 is the end. */
  receive(fd: number): number {
    return this.#result(this.#calls.read(fd, this.#buffer, this.#size));
  }

  /** Sends the first bytes of `buffer`. Node ignores SIGPIPE, so that a peer which has gone is an error like any other. */
  send(fd: number, length: number): number {
    return this.#result(this.#calls.write(fd, this.#buffer, BigInt(length)));
  }

  /** Moves at most `SPLICE_BYTES` between a socket and a pipe. */
  splice(from: number, to: number): number {
    return this.#result(this.#calls.splice(from, NULL, to, NULL, this.#spliceSize, linux.SPLICE_FLAGS));
  }

  /** A pipe that never blocks: its reading end, and its writing end in `lastWritingEnd`. */
  pipe(): number {
    const result = this.#result(this.#calls.pipe2(this.#scratchAt, linux.NONBLOCK_CLOEXEC));
    return result < 0 ? result : this.#scratch.readInt32LE();
  }

  /** The writing end of the pipe that was made last. */
  lastWritingEnd(): number {
    return this.#scratch.readInt32LE(INT_BYTES);
  }

  /** Asks for a pipe of `SPLICE_BYTES`; one that is refused keeps its size. */
  enlarge(pipe: number): number {
    return this.#result(this.#calls.fcntl(pipe, linux.F_SETPIPE_SZ, SPLICE_BYTES));
  }

  shutdown(fd: number, how: number): number {
    return this.#result(this.#calls.shutdown(fd, how));
  }

  close(fd: number): number {
    return this.#result(this.#calls.close(fd));
  }

  /** A counter that wakes whoever polls it. */
  alarm(): number {
    return this.#result(this.#calls.eventfd(0, linux.NONBLOCK_CLOEXEC));
  }

  ring(alarm: number): number {
    this.#scratch.writeBigUInt64LE(1n);
    return this.#result(this.#calls.write(alarm, this.#scratchAt, COUNTER_BYTES));
  }

  silence(alarm: number): number {
    return this.#result(this.#calls.read(alarm, this.#scratchAt, COUNTER_BYTES));
  }

  poll(): number {
    return this.#result(this.#calls.epoll_create1(linux.EPOLL_CLOEXEC));
  }

  /** Adds a descriptor to what is polled, or changes what is waited for: `EPOLL_CTL_ADD` or `EPOLL_CTL_MOD`. */
  watch(poll: number, operation: number, fd: number, events: number): number {
    this.#scratchNumbers[0] = events;
    this.#scratchNumbers[this.#eventData] = fd;
    return this.#result(this.#calls.epoll_ctl(poll, operation, fd, this.#scratchAt));
  }

  /** Waits for events, for at most so long; how many there are. */
  wait(poll: number, timeoutMs: number): number {
    const result = this.#result(this.#calls.epoll_wait(poll, this.#eventsAt, EVENTS, timeoutMs));
    return result === -linux.EINTR ? 0 : result;
  }

  /** The descriptor that event `i` of the last `wait` is of. */
  eventDescriptor(i: number): number {
    return this.#events[i * this.#eventNumbers + this.#eventData] ?? 0;
  }

  /** What event `i` of the last `wait` says. */
  eventMask(i: number): number {
    return this.#events[i * this.#eventNumbers] ?? 0;
  }

  /** errno is read before anything else can run on this thread that might call the system. */
  #result(result: number): number {
    return result < 0 ? -(this.#errno[0] ?? 0) : result;
  }
}

/** Binds the calls in what the process has loaded already, whichever C library that is. */
function bindCalls(ffi: Ffi) {
  return ffi.dlopen(null, CALLS).functions;
}
