import { errorList, type WeakShape, weakDecode } from "@causeway/model";
import type { Draft } from "./sources.ts";

/** One source of a service-intentions entry as it was written, with what this version does not know how to keep. */
export type WrittenSource = {
  readonly Name: string;
  readonly Action: string;
  readonly Type: string;
  readonly Description: string;
  readonly Permissions: readonly unknown[];
  readonly LegacyMeta: Readonly<Record<string, string>>;
  readonly Peer: string;
  readonly SamenessGroup: string;
};

/** A service-intentions entry as it was written, its keys in one form, what is absent empty. */
export type WrittenEntry = {
  readonly Name: string;
  readonly Meta: Readonly<Record<string, string>>;
  readonly Sources: readonly WrittenSource[];
  readonly JWT: unknown;
};

/** Thrown for an entry whose keys or types are wrong; its message is the body of the 400. */
export class EntryUnreadable extends Error {
  override readonly name = "EntryUnreadable";
  readonly code = "ENTRY_UNREADABLE";
}

// What only Consul writes (indexes, hashes, precedence, legacy times) is read and not kept, so that what was read can be written again.
const SOURCE: WeakShape = {
  Name: "text",
  Action: "text",
  Type: "text",
  Description: "text",
  Permissions: "anything",
  Precedence: "anything",
  LegacyID: "text",
  LegacyMeta: "text map",
  LegacyCreateTime: "anything",
  LegacyUpdateTime: "anything",
  Peer: "text",
  SamenessGroup: "text",
};
const ENTRY: WeakShape = {
  Kind: "text",
  Name: "text",
  Sources: { listOf: SOURCE },
  JWT: "anything",
  Meta: "text map",
  Hash: "anything",
  CreateIndex: "anything",
  ModifyIndex: "anything",
};

const NO_SOURCE: WrittenSource = {
  Name: "",
  Action: "",
  Type: "",
  Description: "",
  Permissions: [],
  LegacyMeta: {},
  Peer: "",
  SamenessGroup: "",
};
const NO_ENTRY: WrittenEntry = { Name: "", Meta: {}, Sources: [], JWT: undefined };

/** Reads a service-intentions entry as it was written. Throws `EntryUnreadable`. */
export function readEntry(raw: unknown): WrittenEntry {
  const decoded = weakDecode(ENTRY, raw);
  switch (decoded.kind) {
    case "unreadable":
      throw new EntryUnreadable(
        badRequest(`${decoded.problems.length} error(s) decoding:\n\n${bullets(decoded.problems)}`),
      );
    case "unknown keys":
      throw new EntryUnreadable(badRequest(errorList(decoded.problems)));
    case "read": {
      // The shape has just been read field by field.
      const written = { ...NO_ENTRY, ...decoded.value } as WrittenEntry;
      return { ...written, Sources: written.Sources.map(readSource) };
    }
  }
}

function readSource(written: WrittenSource): WrittenSource {
  const { Permissions = [] } = written;
  return { ...NO_SOURCE, ...written, Permissions: Array.isArray(Permissions) ? Permissions : [Permissions] };
}

function badRequest(problem: string): string {
  return `Bad request: Request decoding failed: ${problem}`;
}

function bullets(problems: readonly string[]): string {
  return problems.map((problem) => `* ${problem}`).join("\n");
}

/** What a legal entry says of one source. */
export function draftOf({ Name, Action, Description }: WrittenSource): Draft {
  return { Name, Action: Action === "allow" ? "allow" : "deny", Description, Meta: {} };
}
