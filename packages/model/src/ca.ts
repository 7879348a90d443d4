import { CreateModifyIndex } from "./common.ts";
import { type Static, Type } from "./schema.ts";

/** A root certificate of the mesh, public parts only. */
export const CaRoot = Type.Object({
  ID: Type.String({ description: "Colon-separated hexadecimal hash of the certificate." }),
  Name: Type.String(),
  SerialNumber: Type.Integer(),
  SigningKeyID: Type.String(),
  ExternalTrustDomain: Type.String({ description: "The cluster's UUID." }),
  NotBefore: Type.String({ description: "RFC 3339 time." }),
  NotAfter: Type.String({ description: "RFC 3339 time." }),
  RootCert: Type.String({ description: "PEM." }),
  IntermediateCerts: Type.Union([Type.Array(Type.String({ description: "PEM." })), Type.Null()], {
    description: "Sent after each leaf: on a rotated root, its certificate cross-signed by the root before it.",
  }),
  Active: Type.Boolean(),
  RotatedOutAt: Type.Optional(Type.String({ description: "RFC 3339 time." })),
  PrivateKeyType: Type.String(),
  PrivateKeyBits: Type.Integer(),
  ...CreateModifyIndex,
});
export type CaRoot = Static<typeof CaRoot>;

/** Bucket `ca-roots`, key `roots`: every root that is still trusted. One record, so that a rotation is one atomic write. */
export const CaRoots = Type.Object({
  ActiveRootID: Type.String(),
  TrustDomain: Type.String({ description: "<UUID>.consul" }),
  Roots: Type.Array(CaRoot),
});
export type CaRoots = Static<typeof CaRoots>;

/** Bucket `ca-roots`, key `configuration`: how the CA signs; never a key. */
export const CaConfiguration = Type.Object({
  Provider: Type.String(),
  Config: Type.Record(Type.String(), Type.Unknown()),
  State: Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]),
  ForceWithoutCrossSigning: Type.Boolean(),
  ...CreateModifyIndex,
});
export type CaConfiguration = Static<typeof CaConfiguration>;

/** Bucket `ca-keys`, key `key.<root ID>`: a signing key, sealed; only the CA service may read it. */
export const SealedKey = Type.Object({ Sealed: Type.String({ description: "Base64." }) });
export type SealedKey = Static<typeof SealedKey>;

/** Bucket `ca-keys` of a datacenter that is not the primary one, key `intermediate`: what its CA signs with. */
export const SealedIntermediate = Type.Object({
  Sealed: Type.String({ description: "The private key, sealed, in Base64." }),
  CertPEM: Type.String({ description: "The intermediate, then what else leads to the root." }),
  RootID: Type.String({ description: "The root that signed it." }),
});
export type SealedIntermediate = Static<typeof SealedIntermediate>;

/** What the CA of the primary datacenter gives for the signing request of another datacenter's. */
export const SignedIntermediate = Type.Object({
  CertPEM: Type.String({ description: "The intermediate, then the cross-signed certificates of the active root." }),
  RootID: Type.String(),
});
export type SignedIntermediate = Static<typeof SignedIntermediate>;

/** What the CA gives for a signing request; the private key stays with whoever asked. */
export const SignedLeaf = Type.Object({
  SerialNumber: Type.String({ description: "Colon-separated hexadecimal." }),
  CertPEM: Type.String({ description: "The leaf, then the intermediates of the active root." }),
  Service: Type.String(),
  ServiceURI: Type.String(),
  ValidAfter: Type.String({ description: "RFC 3339 time." }),
  ValidBefore: Type.String({ description: "RFC 3339 time." }),
  RootID: Type.String(),
});
export type SignedLeaf = Static<typeof SignedLeaf>;
