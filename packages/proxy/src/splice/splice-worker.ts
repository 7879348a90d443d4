import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { ListenerRoutes } from "../listener-routes.ts";
import { trustedUnder } from "../mesh-peer.ts";
import { NativeTls } from "../native-tls/native-tls.ts";
import { RecentFailures } from "../recent-failures.ts";
import { describeOpen } from "../record.ts";
import { Acceptor } from "./acceptor.ts";
import { Counters } from "./counters.ts";
import type { Flow } from "./flow.ts";
import { Kernel } from "./kernel.ts";
import { EPOLLIN } from "./linux.ts";
import { Loop, type Watcher } from "./loop.ts";
import { News } from "./news.ts";
import { Pacing } from "./pacing.ts";
import { Pipes } from "./pipes.ts";
import { Probing } from "./probing.ts";
import type { Beginning, Order, Report, Resolved } from "./protocol.ts";
import { changed } from "./route-change.ts";
import type { Surroundings } from "./surroundings.ts";

// So a connection is closed at most a quarter later than it should be.
const LOOKS_PER_TIMEOUT = 4;

/** All that the worker thread does: it carries connections and obeys orders. It never returns to Node's own loop before it ends. */
export class SpliceWorker implements Watcher {
  readonly #port: MessagePort;
  readonly #alarm: number;
  readonly #surroundings: Surroundings;
  readonly #acceptors = new Map<number, Acceptor>();
  // Also those of listeners that were closed, while their connections are open.
  readonly #flows = new Set<Flow>();
  readonly #queries = new Map<number, (answer: Resolved) => void>();
  #nextQuery = 1;
  #awaited = false;

  constructor({ orders, alarm, counters, limits }: Beginning) {
    const kernel = Kernel.open();
    this.#port = orders;
    this.#alarm = alarm;
    const loop = new Loop(kernel);
    this.#surroundings = {
      kernel,
      loop,
      pipes: new Pipes(kernel),
      pacing: new Pacing(kernel),
      probing: new Probing(loop),
      tls: new NativeTls(),
      news: new News(loop, (report) => this.#tell(report)),
      counters: new Counters(counters),
      limits,
      recentFailures: new RecentFailures(() => performance.now()),
      now: () => Date.now(),
      resolve: (host, done) => this.#resolve(host, done),
    };
  }

  /** Works until it is told to close; the descriptors that it was given are closed then. */
  run(): void {
    const { loop, news, pipes, tls, limits } = this.#surroundings;
    loop.watch(this.#alarm, EPOLLIN, this);
    if (limits.idleTimeoutMs > 0) this.#lookForIdle(limits.idleTimeoutMs);
    this.#obey();
    loop.run(() => {
      news.turn();
      this.#tellIfEmpty();
    });
    news.tell();
    pipes.close();
    tls.close();
    this.#port.close();
  }

  /** The alarm was rung. */
  ready(): void {
    this.#surroundings.kernel.silence(this.#alarm);
    this.#obey();
  }

  #obey(): void {
    for (let message = receiveMessageOnPort(this.#port); message; message = receiveMessageOnPort(this.#port)) {
      this.#do(message.message);
    }
  }

  #do(order: Order): void {
    switch (order.kind) {
      case "listen":
        this.#listen(order);
        break;
      case "assign":
        this.#assign(order);
        break;
      case "stop-listening":
        this.#acceptors.get(order.listener)?.close();
        this.#acceptors.delete(order.listener);
        break;
      case "roots":
      case "leaf":
      case "files":
        this.#surroundings.tls.assign(order);
        if (order.kind === "roots") this.#recheckTrust();
        break;
      case "resolved":
        this.#queries.get(order.query)?.(order.answer);
        this.#queries.delete(order.query);
        break;
      case "list":
        this.#list(order.connections);
        break;
      case "cut-off":
        for (const flow of this.#flows) flow.abort({ code: "DRAINED" });
        break;
      case "await-empty":
        this.#awaited = true;
        break;
      case "close":
        this.#surroundings.loop.stop();
    }
  }

  #listen({ listener, name }: Extract<Order, { readonly kind: "listen" }>): void {
    const acceptor = new Acceptor(listener, new ListenerRoutes(name, undefined), this.#surroundings, {
      came: (flow) => this.#flows.add(flow),
      gone: (flow) => {
        this.#flows.delete(flow);
        this.#surroundings.counters.addSpliced(-1);
      },
      cannotAccept: (listener, reason) => this.#tell({ kind: "cannot-accept", listener, reason }),
    });
    this.#acceptors.set(listener, acceptor);
  }

  #assign({ listener, change }: Extract<Order, { readonly kind: "assign" }>): void {
    const routes = this.#acceptors.get(listener)?.routes;
    if (routes === undefined) return;
    routes.assign(changed(routes.matching, change));
    for (const flow of this.#flows) if (flow.account.routes === routes) flow.recheck();
  }

  #recheckTrust(): void {
    const trusted = trustedUnder(this.#surroundings.tls.identities.roots());
    for (const flow of this.#flows) flow.recheckTrust(trusted);
  }

  #list(wanted: boolean): void {
    this.#surroundings.news.tell();
    const nowMs = Date.now();
    if (wanted) {
      const connections = [...this.#flows].map(({ account }) => describeOpen(account, nowMs));
      this.#tell({ kind: "connections", connections });
    }
    this.#surroundings.counters.listed();
  }

  #tellIfEmpty(): void {
    if (!this.#awaited || this.#flows.size > 0) return;
    this.#awaited = false;
    this.#surroundings.news.tell();
    this.#tell({ kind: "empty" });
  }

  #resolve(host: string, done: (answer: Resolved) => void): void {
    const query = this.#nextQuery++;
    this.#queries.set(query, done);
    this.#tell({ kind: "resolve", query, host });
  }

  #lookForIdle(timeoutMs: number): void {
    const { loop } = this.#surroundings;
    loop.after(timeoutMs / LOOKS_PER_TIMEOUT, () => {
      for (const flow of this.#flows) flow.look(loop.nowMs, timeoutMs);
      this.#lookForIdle(timeoutMs);
    });
  }

  #tell(report: Report): void {
    this.#port.postMessage(report);
  }
}
