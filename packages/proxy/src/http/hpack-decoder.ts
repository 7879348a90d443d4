import { type Field, FieldTable, sizeOf } from "./field-table.ts";
import { HpackCursor } from "./hpack-cursor.ts";

/** What a header block says, in its order, or why that cannot be known. */
export type Decoded =
  | { readonly kind: "fields"; readonly fields: readonly Field[] }
  | { readonly kind: "lost"; readonly reason: string };

/** Most that is kept of one side's fields: browsers allow so much, most servers a sixteenth. */
export const MAX_TABLE_BYTES = 64 * 1024;

/** Most that the fields of one head may come to, however few bytes name them: Envoy's limit is 60 KB. */
export const MAX_LIST_BYTES = 64 * 1024;

/**
 * Decompresses the heads that one side of an HTTP/2 connection sends, which it must be shown from the first and in their order. After one
 * that is lost nothing that follows can be understood.
 *
 * How large a table the other side allows is not asked: whoever compresses says how much of it is used, and may not use more.
 *
 * @see RFC 7541
 */
export class HpackDecoder {
  readonly #table = new FieldTable();

  /** Never throws, and keeps nothing of `block`. */
  decode(block: Buffer): Decoded {
    const cursor = new HpackCursor(block);
    const fields: Field[] = [];
    let bytes = 0;
    for (let first = cursor.next; first !== undefined; first = cursor.next) {
      const field = this.#read(cursor, first);
      if (field === undefined) continue;
      fields.push(field);
      bytes += sizeOf(field);
      if (bytes > MAX_LIST_BYTES) cursor.fail(`fields of more than ${MAX_LIST_BYTES} bytes in a head`);
    }
    const { problem } = cursor;
    return problem === undefined ? { kind: "fields", fields } : { kind: "lost", reason: problem };
  }

  /** Reads on by what the first byte says is there; gives the field, if it is one. @see RFC 7541 section 6 */
  #read(cursor: HpackCursor, first: number): Field | undefined {
    if (first >= 0x80) return this.#find(cursor, cursor.integer(7));
    if (first >= 0x40) {
      const field = this.#literal(cursor, 6);
      if (field !== undefined) this.#table.add(field);
      return field;
    }
    if (first >= 0x20) {
      const maxBytes = cursor.integer(5);
      if (maxBytes > MAX_TABLE_BYTES) cursor.fail(`a table of more than ${MAX_TABLE_BYTES} bytes`);
      else this.#table.resize(maxBytes);
      return undefined;
    }
    return this.#literal(cursor, 4);
  }

  #literal(cursor: HpackCursor, bits: number): Field | undefined {
    const index = cursor.integer(bits);
    const name = index === 0 ? cursor.string() : this.#find(cursor, index)?.name;
    const value = cursor.string();
    return name === undefined || cursor.problem !== undefined ? undefined : { name, value };
  }

  #find(cursor: HpackCursor, index: number): Field | undefined {
    const field = this.#table.at(index);
    if (field === undefined) cursor.fail("a head that names a field which nobody has told of");
    return field;
  }
}
