import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Kernel } from "./kernel.ts";
import type { Beginning, Order, Report } from "./protocol.ts";

/** What a worker begins with, and who hears what it tells. */
export type WorkerLinkOptions = Omit<Beginning, "orders" | "alarm"> & {
  readonly kernel: Kernel;
  readonly hear: (report: Report, from: WorkerLink) => void;
};

/** What a connection leaves behind is gone soon, so that more room for it would only make the process larger. */
const YOUNG_MEGABYTES = 8;

/** One worker thread that splices, as seen from the main thread. What its code did not foresee ends the process, as here. */
export class WorkerLink {
  readonly #kernel: Kernel;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #alarm: number;
  readonly #hear: WorkerLinkOptions["hear"];
  #closed = false;

  /** Starts the thread. */
  constructor({ kernel, hear, ...beginning }: WorkerLinkOptions) {
    const { port1: port, port2: orders } = new MessageChannel();
    const alarm = kernel.alarm();
    if (alarm < 0) throw new Error(`eventfd failed with error ${-alarm}`);
    const workerData: Beginning = { ...beginning, orders, alarm };
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      name: "splice",
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      workerData,
      transferList: [orders],
    });
    this.#kernel = kernel;
    this.#port = port;
    this.#alarm = alarm;
    this.#hear = hear;
    port.on("message", (report: Report) => hear(report, this));
    this.#worker.once("error", (error) => {
      throw error;
    });
    this.#worker.once("exit", () => port.close());
  }

  /** Has the worker do something; orders are obeyed one after the other. */
  order(order: Order): void {
    // The number of its alarm may be another's by now.
    if (this.#closed) return;
    this.#port.postMessage(order);
    this.#kernel.ring(this.#alarm);
  }

  /** Hears now what the worker has told by now. */
  catchUp(): void {
    for (let message = receiveMessageOnPort(this.#port); message; message = receiveMessageOnPort(this.#port)) {
      this.#hear(message.message, this);
    }
  }

  /** Ends the worker; nothing must be listening or open there any more. */
  async close(): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#worker.once("exit", () => ended.resolve());
    this.order({ kind: "close" });
    await ended.promise;
    this.#closed = true;
    this.#kernel.close(this.#alarm);
  }
}
