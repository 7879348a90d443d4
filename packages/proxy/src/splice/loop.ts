import { type Deadline, Deadlines } from "./deadlines.ts";
import type { Kernel } from "./kernel.ts";
import { EPOLL_CTL_ADD, EPOLL_CTL_MOD } from "./linux.ts";

/** Whoever is told when something can be done with a descriptor. */
export interface Watcher {
  ready(fd: number, events: number): void;
}

/** Even when nothing happens the thread comes back so often, so that Node can end it: it cannot while the thread is in the kernel. */
const LONGEST_WAIT_MS = 500;

/** Waits for descriptors, deadlines and turns, and calls those who wait for them; one thing at a time, for as long as it is wanted. */
export class Loop {
  readonly #kernel: Kernel;
  readonly #poll: number;
  readonly #watchers: (Watcher | undefined)[] = [];
  readonly #deadlines = new Deadlines();
  #closing: number[] = [];
  #again: (() => void)[] = [];
  #nowMs = performance.now();
  #running = true;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#poll = kernel.poll();
    if (this.#poll < 0) throw new Error(`epoll_create1 failed with error ${-this.#poll}`);
  }

  /** When the present turn began, by a clock that never goes back. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Tells `watcher` of these events; the result of epoll_ctl. */
  watch(fd: number, events: number, watcher: Watcher): number {
    this.#watchers[fd] = watcher;
    return this.#kernel.watch(this.#poll, EPOLL_CTL_ADD, fd, events);
  }

  /** Waits for other events of a descriptor that is watched. */
  rewatch(fd: number, events: number): number {
    return this.#kernel.watch(this.#poll, EPOLL_CTL_MOD, fd, events);
  }

  /** Closes a descriptor at the end of this turn, so that what is still to be told of it reaches no new one with the same number. */
  close(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#closing.push(fd);
  }

  /** Has `work` done after a time. */
  after(ms: number, work: () => void): Deadline {
    return this.#deadlines.set(this.#nowMs, ms, work);
  }

  /** Has `work` done in the next turn, which comes at once. */
  again(work: () => void): void {
    this.#again.push(work);
  }

  /** Comes to an end after this turn. */
  stop(): void {
    this.#running = false;
  }

  /** Takes turns until it is stopped; `turned` is called at the end of each. */
  run(turned: () => void): void {
    while (this.#running) {
      this.#turn();
      turned();
      for (const fd of this.#closing) this.#kernel.close(fd);
      this.#closing = [];
    }
    this.#kernel.close(this.#poll);
  }

  #turn(): void {
    const waitMs = this.#again.length > 0 ? 0 : this.#deadlines.next(performance.now(), LONGEST_WAIT_MS);
    const events = this.#kernel.wait(this.#poll, waitMs);
    this.#nowMs = performance.now();
    const again = this.#again;
    this.#again = [];
    for (let i = 0; i < events; i++) {
      const fd = this.#kernel.eventDescriptor(i);
      this.#watchers[fd]?.ready(fd, this.#kernel.eventMask(i));
    }
    for (const work of again) work();
    this.#deadlines.run(this.#nowMs);
  }
}
