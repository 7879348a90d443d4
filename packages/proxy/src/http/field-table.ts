/** A header field of HTTP/2; each byte is a character. */
export type Field = { readonly name: string; readonly value: string };

/** What a field counts for beside its characters. @see RFC 7541 section 4.1, RFC 9113 section 6.5.2 */
const OVERHEAD_BYTES = 32;

/** What a field takes of a table, or of a list. */
export function sizeOf({ name, value }: Field): number {
  return name.length + value.length + OVERHEAD_BYTES;
}

/** The fields that everybody knows, by their index from 1, each with its value if any. @see RFC 7541 appendix A */
const STATIC_FIELDS: readonly Field[] = `
:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https
:status 200|:status 204|:status 206|:status 304|:status 400|:status 404|:status 500
accept-charset|accept-encoding gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization
cache-control|content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|cookie
date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location
max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|strict-transport-security
transfer-encoding|user-agent|vary|via|www-authenticate`
  .trim()
  .split(/[|\n]/)
  .map((field) => {
    const [name = "", ...value] = field.split(" ");
    return { name, value: value.join(" ") };
  });

/** How large a table is that nobody has said anything of. @see RFC 9113 section 6.5.2 */
const DEFAULT_TABLE_BYTES = 4_096;

/**
 * The fields that one side of a connection has named before, so that it can name them again by a number.
 *
 * @see RFC 7541 sections 2.3 and 4
 */
export class FieldTable {
  /** The newest last. */
  readonly #fields: Field[] = [];
  #bytes = 0;
  #maxBytes = DEFAULT_TABLE_BYTES;

  /** The field with this index; undefined when there is none. */
  at(index: number): Field | undefined {
    const among = index - STATIC_FIELDS.length;
    return among > 0 ? this.#fields[this.#fields.length - among] : STATIC_FIELDS[index - 1];
  }

  /** Adds a field, in the place of the oldest. */
  add(field: Field): void {
    this.#fields.push(field);
    this.#bytes += sizeOf(field);
    this.#evict();
  }

  /** Holds no more than so much from here on. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#fields.shift();
      if (oldest === undefined) return;
      this.#bytes -= sizeOf(oldest);
    }
  }
}
