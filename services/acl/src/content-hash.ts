import { createHash } from "node:crypto";

/** What Consul tells as `Hash`: the same only of records with the same content; its clients compare it and no more. */
export function contentHash(content: object): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64");
}
