import { CaConfiguration, SignedIntermediate, SignedLeaf } from "../ca.ts";
import { Type } from "../schema.ts";
import { By, type VerbTable, Written } from "./common.ts";

/** What **ca** is asked. */
export const CA_VERBS = {
  /** Where ACLs are enabled, `Token` must be that of who may write the service whose leaf it is. */
  "ca.sign-leaf": {
    request: Type.Object({ CSR: Type.String(), ...By }),
    reply: SignedLeaf,
  },
  /** The configuration as its operator wrote it, a private key of his own included, which the bucket never holds: for operators only. */
  "ca.configuration": { global: true, request: Type.Object(By), reply: CaConfiguration },
  "ca.configure": {
    global: true,
    request: Type.Object({ Configuration: Type.Partial(CaConfiguration), ...By }),
    reply: Written,
  },
  /** Replaces the key that the CA of this datacenter seals its own with, or with `ForgetOlder` removes those before it: for operators only. */
  "ca.rotate-seal-key": {
    request: Type.Object({ ForgetOlder: Type.Optional(Type.Boolean()), ...By }),
    reply: Type.Object({
      SealKeyID: Type.String(),
      Resealed: Type.Integer({ minimum: 0 }),
      OlderSealKeyIDs: Type.Array(Type.String()),
      ForgottenSealKeyIDs: Type.Array(Type.String()),
    }),
  },
  /** What the CA of a datacenter that is not the primary one signs with, in that one; the public part. */
  "ca.intermediate": { request: Type.Object({}), reply: SignedIntermediate },
  /** For the CA of another datacenter, which signs the leaves there. */
  "ca.sign-intermediate": {
    global: true,
    request: Type.Object({ Datacenter: Type.String({ minLength: 1 }), CSR: Type.String() }),
    reply: SignedIntermediate,
  },
} as const satisfies VerbTable;
