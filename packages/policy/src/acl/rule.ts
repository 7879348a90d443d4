/** What a rule grants, from the least to the most; "list" is of keys only. */
export const ACCESSES = ["deny", "read", "list", "write"] as const;
export type Access = (typeof ACCESSES)[number];

/** Resources whose rules name what they are about, exactly or by a prefix. */
export const NAMED_RESOURCES = ["agent", "event", "key", "node", "query", "service", "session"] as const;

/** Resources of which there is one. */
export const PLAIN_RESOURCES = ["acl", "keyring", "mesh", "operator", "peering"] as const;

/** Everything that a rule can be about. Rules about intentions stand inside of those about their destination. */
export type Resource = (typeof NAMED_RESOURCES)[number] | (typeof PLAIN_RESOURCES)[number] | "intention";

/** One rule of a policy. That of a plain resource is about every name: a prefix of "". */
export type Rule = {
  readonly resource: Resource;
  readonly name: string;
  /** Whether it is about every name that begins with `name`, or about `name` alone. */
  readonly prefix: boolean;
  readonly access: Access;
};

const LEVEL = { deny: 0, read: 1, list: 2, write: 3 } as const satisfies Record<Access, number>;

/** Whether who has `access` may do what needs `needed`. */
export function grants(access: Access, needed: Exclude<Access, "deny">): boolean {
  return LEVEL[access] >= LEVEL[needed];
}

/** Which of two rules about the same name holds: deny, or else the one that grants more. */
export function stronger(a: Access, b: Access): Access {
  if (a === "deny" || b === "deny") return "deny";
  return LEVEL[a] > LEVEL[b] ? a : b;
}
