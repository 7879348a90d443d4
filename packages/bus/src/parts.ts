import { promisify } from "node:util";
import { constants, gunzip, gzip } from "node:zlib";
import { inboxPrefix } from "@causeway/model";
import { createInbox } from "@nats-io/transport-node";
import type { Bus } from "./connection.ts";
import { BusError } from "./errors.ts";

/** Well below the 1 MB that a NATS server takes in one message unless told otherwise. */
export const PART_BYTES = 524_288;

/** What is larger is a mistake rather than an answer, and would be held in memory at both ends. */
export const MAX_PARTED_BYTES = 134_217_728;

/** How long parts may be under way once it is known how many they are. */
const ARRIVAL_TIMEOUT_MS = 5_000;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Sends what is too large for one message to the inbox of whoever asked for it, compressed and in parts; gives the number of parts.
 *
 * @throws BusError `TOO_LARGE` beyond `MAX_PARTED_BYTES`.
 */
export async function sendParts(bus: Pick<Bus, "connection">, inbox: string, bytes: Uint8Array): Promise<number> {
  if (bytes.byteLength > MAX_PARTED_BYTES) {
    throw new BusError({ code: "TOO_LARGE", bytes: bytes.byteLength, maxBytes: MAX_PARTED_BYTES });
  }
  const packed = await compress(bytes, { level: constants.Z_BEST_SPEED });
  const count = Math.ceil(packed.byteLength / PART_BYTES);
  for (let part = 0; part < count; part++) {
    bus.connection.publish(`${inbox}.${part}`, packed.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
  }
  return count;
}

/** Where the parts of one value arrive; closed by whoever opened it, with `using`. */
export type PartsInbox = Disposable & {
  readonly subject: string;
  /** The value, once `count` parts of it are there. Throws a BusError `TIMEOUT` when one is not there after `timeoutMs`, 5 s unless told. */
  whole(count: number, timeoutMs?: number): Promise<Uint8Array>;
};

type Arriving = { readonly parts: Map<string, Uint8Array>; bytes: number; arrived: () => void };

/** The inboxes of one process: one subscription for all of them, made when the first is opened. */
export class PartsInboxes {
  readonly #bus: Pick<Bus, "connection" | "role" | "datacenter">;
  readonly #prefix: string;
  readonly #open = new Map<string, Arriving>();
  #listening = false;
  #last = 0;

  constructor(bus: Pick<Bus, "connection" | "role" | "datacenter">) {
    this.#bus = bus;
    this.#prefix = createInbox(inboxPrefix(bus.datacenter, bus.role));
  }

  /** Opens an inbox for one value. */
  open(): PartsInbox {
    this.#listen();
    const id = String(++this.#last);
    const subject = `${this.#prefix}.${id}`;
    const arriving: Arriving = { parts: new Map(), bytes: 0, arrived: () => {} };
    this.#open.set(id, arriving);
    return {
      subject,
      whole: (count, timeoutMs = ARRIVAL_TIMEOUT_MS) => wholeOf(arriving, count, subject, timeoutMs),
      [Symbol.dispose]: () => this.#open.delete(id),
    };
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#bus.connection.subscribe(`${this.#prefix}.*.*`, {
      callback: (error, { subject, data }) => {
        const [part = "", id = ""] = subject.split(".").reverse();
        const arriving = this.#open.get(id);
        if (error !== null || arriving === undefined || arriving.bytes > MAX_PARTED_BYTES) return;
        arriving.parts.set(part, data);
        arriving.bytes += data.byteLength;
        arriving.arrived();
      },
    });
  }
}

/** Parts may come before it is known how many they are, and in any order. */
async function wholeOf(arriving: Arriving, count: number, subject: string, waitedMs: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = () => reject(new BusError({ code: "TIMEOUT", subject, waitedMs, outcome: "unknown" }));
  const timer = setTimeout(late, waitedMs);
  arriving.arrived = () => {
    if (arriving.parts.size === count) resolve();
  };
  arriving.arrived();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
  const parts = Array.from({ length: count }, (_, part) => arriving.parts.get(String(part)) ?? new Uint8Array());
  try {
    return await decompress(Buffer.concat(parts), { maxOutputLength: MAX_PARTED_BYTES });
  } catch (cause) {
    throw new BusError({ code: "UNREADABLE", what: "value in parts", reason: "is not what was sent" }, { cause });
  }
}
