import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { serviceServerName } from "@causeway/model";
import type { AgentApi } from "./agent-api.ts";
import { Conversation } from "./conversation.ts";

/** A leaf certificate and its key in PEM. */
export type MeshIdentity = { readonly cert: string; readonly key: string };

/** Whom the mesh trusts. */
export type MeshTrust = { readonly trustDomain: string; readonly activeRootId: string; readonly rootsPem: string };

type Leaf = { readonly CertPEM: string; readonly PrivateKeyPEM: string };
type Roots = {
  readonly TrustDomain: string;
  readonly ActiveRootID: string;
  readonly Roots: readonly { readonly RootCert: string }[];
};

/** The leaf that the agent gives to `service`. */
export async function identityOf(agent: AgentApi, service: string): Promise<MeshIdentity> {
  const leaf = await agent.get<Leaf>(`/v1/agent/connect/ca/leaf/${service}`);
  return { cert: leaf.CertPEM, key: leaf.PrivateKeyPEM };
}

/** The roots that the mesh trusts now. */
export async function trustOf(agent: AgentApi): Promise<MeshTrust> {
  const { TrustDomain, ActiveRootID, Roots } = await agent.get<Roots>("/v1/connect/ca/roots");
  return {
    trustDomain: TrustDomain,
    activeRootId: ActiveRootID,
    rootsPem: Roots.map(({ RootCert }) => RootCert).join(""),
  };
}

/** How a test dials a proxy's mTLS listener by itself. */
export type DialOptions = {
  readonly port: number;
  /** 127.0.0.1 unless told. */
  readonly host?: string;
  /** Undefined presents no certificate. */
  readonly identity: MeshIdentity | undefined;
  readonly trust: MeshTrust;
  /** Service to ask for by SNI, and subset if there is one; undefined sends no SNI. */
  readonly service: string | undefined;
  readonly datacenter?: string;
  /** What carries the bytes to the proxy, in place of a connection to `port`. */
  readonly carrier?: Duplex;
  readonly tls?: ConnectionOptions;
};

/**
 * Dials as a sidecar would. Whether it is let in shows in the conversation: with TLS 1.3 a client has finished its handshake before the
 * far side has looked at its certificate.
 */
export function dialMesh(options: DialOptions): Conversation<TLSSocket> {
  const { port, host = "127.0.0.1", identity, trust, service, datacenter = "dc1", tls = {} } = options;
  const socket = options.carrier ?? connectTcp({ host, port, allowHalfOpen: true });
  const serverName =
    service === undefined
      ? {}
      : { servername: serviceServerName({ service, datacenter, trustDomain: trust.trustDomain }) };
  const secure = connectTls({
    socket,
    ca: trust.rootsPem,
    ...identity,
    ...serverName,
    // Names of the mesh are URIs, which are not what Node looks for.
    checkServerIdentity: () => undefined,
    ...tls,
  });
  return new Conversation(secure);
}
