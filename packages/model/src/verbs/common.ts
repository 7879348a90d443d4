import { type Static, type TSchema, Type } from "../schema.ts";

/** What verbs are asked and answered, by their names; `global` of those that are answered in the primary datacenter, for all of them. */
export type VerbTable = Readonly<
  Record<string, { readonly request: TSchema; readonly reply: TSchema; readonly global?: true }>
>;

/** The revision that a write has reached in the owner's bucket: a reader whose mirror is that far sees the write. */
export const Written = Type.Object({ Index: Type.Integer() });
export type Written = Static<typeof Written>;

/** The secret of the token by which something is asked; "" is the anonymous one's. */
export const Token = Type.String({ secret: true });

/** Who asks an owner that decides by itself where ACLs are enabled. */
export const By = { Token: Type.Optional(Token) };

/** What was made or changed, and the revision that shows it. */
export const Identified = Type.Object({ ID: Type.String(), Index: Type.Integer() });

/** Whether a write took place, and the revision that shows what holds since. */
export const Applied = Type.Object({ Applied: Type.Boolean(), Index: Type.Integer() });

/** Whether there was something to take away, and the revision that shows what holds since. */
export const Deleted = Type.Object({ Deleted: Type.Boolean(), Index: Type.Integer() });
