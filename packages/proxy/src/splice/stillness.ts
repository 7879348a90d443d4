/** How long nothing has been sent. */
export class Stillness {
  #bytes = -1;
  #sinceMs = 0;

  /** For how long the count of bytes has been what it is; it is asked now and then, which costs nothing per byte. */
  lastsMs(bytes: number, nowMs: number): number {
    if (bytes === this.#bytes) return nowMs - this.#sinceMs;
    this.#bytes = bytes;
    this.#sinceMs = nowMs;
    return 0;
  }
}
