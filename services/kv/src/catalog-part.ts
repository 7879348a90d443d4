import type { CatalogTransacted, Request } from "@causeway/model";

/** Asks the owner of the catalog. */
export type AskCatalog = (request: Request<"catalog.transact">) => Promise<CatalogTransacted>;

/** What of a transaction is the catalog's, which another service owns. */
export class CatalogPart {
  readonly #ask: AskCatalog;
  readonly #request: Request<"catalog.transact">;

  constructor(ask: AskCatalog, request: Request<"catalog.transact">) {
    this.#ask = ask;
    this.#request = request;
  }

  /** What is in the way of it; nothing has been done. */
  rehearse(): Promise<CatalogTransacted> {
    return this.#ask({ ...this.#request, Rehearse: true });
  }

  /**
   * Does it, or calls `undo` and says what was in the way. Rejects when the owner cannot be asked, after `undo`: what was on its way to it
   * may have been done then.
   */
  async carryOut(undo: () => Promise<void>): Promise<CatalogTransacted> {
    let done: CatalogTransacted;
    try {
      done = await this.#ask(this.#request);
    } catch (error) {
      await undo();
      throw error;
    }
    if (done.Errors.length > 0) await undo();
    return done;
  }
}
