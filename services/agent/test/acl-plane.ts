import type { SpawnedProcess } from "@causeway/testkit";
import { expect } from "vitest";
import { type Answered, ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

const ROOT = "0f0f0f0f-0000-0000-0000-00000000aaaa";
const DENY = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

/** Rules that many tests have in common. */
export const READ_WEB = 'service "web" { policy = "read" } node_prefix "" { policy = "read" }';
export const ALL_NODES = 'node_prefix "" { policy = "read" }';
export const WRITE_WEB = 'service "web" { policy = "write" }';

/** The entry of a gateway that stands for both services. */
export const GATEWAY = { Kind: "terminating-gateway", Name: "tgw", Services: [{ Name: "web" }, { Name: "db" }] };

/** A service on a node, as the catalog is told of it. */
export function registrationOf(Node: string, Service: string) {
  return { Node, Address: "10.0.0.1", Service: { Service, Port: 80 } };
}

/** A control plane with ACLs that deny by default, and a little of everything in it. */
export class AclPlane implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly agent: RunningAgent;
  readonly #secrets = new Map<string, string>();

  private constructor(plane: ControlPlane, agent: RunningAgent) {
    this.#plane = plane;
    this.agent = agent;
  }

  static async start(): Promise<AclPlane> {
    const plane = await ControlPlane.start([]);
    await plane.startOwner("acl", { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: ROOT });
    await Promise.all(
      (["ca", "catalog", "config-entries", "intentions", "kv"] as const).map((owner) => plane.startOwner(owner, DENY)),
    );
    const started = new AclPlane(plane, await plane.startAgent("one", DENY));
    await started.#fill();
    return started;
  }

  async #fill(): Promise<void> {
    await this.root("PUT", "/v1/catalog/register", registrationOf("n1", "web"));
    await this.root("PUT", "/v1/catalog/register", registrationOf("n2", "db"));
    await this.root("PUT", "/v1/agent/service/register", { Name: "local", Check: { CheckID: "c", TTL: "1m" } });
    await this.root("PUT", "/v1/config", { Kind: "service-defaults", Name: "web", Protocol: "http" });
    await this.root("PUT", "/v1/config", { Kind: "service-defaults", Name: "db", Protocol: "http" });
    await this.root("PUT", "/v1/config", GATEWAY);
    const intention = { SourceName: "web", DestinationName: "db", Action: "allow" };
    await this.root("POST", "/v1/connect/intentions", intention);
    for (const key of ["a/1", "a/2", "b"]) await this.root("PUT", `/v1/kv/${key}`, "x");
  }

  /** Asks with a token. */
  as(secret: string, method: string, path: string, body?: unknown): Promise<Answered> {
    return this.at(this.agent, secret, method, path, body);
  }

  /** Asks one of the agents with a token. */
  at({ base }: RunningAgent, secret: string, method: string, path: string, body?: unknown): Promise<Answered> {
    return ask(base, method, `${path}${path.includes("?") ? "&" : "?"}token=${secret}`, body);
  }

  /** Asks with a token that may do everything. */
  root(method: string, path: string, body?: unknown): Promise<Answered> {
    return this.as(ROOT, method, path, body);
  }

  /** The secret of a token with these rules. */
  async having(rules: string): Promise<string> {
    const known = this.#secrets.get(rules);
    if (known !== undefined) return known;
    const Name = `p${this.#secrets.size}`;
    expect((await this.root("PUT", "/v1/acl/policy", { Name, Rules: rules })).status).toBe(200);
    const { json } = await this.root("PUT", "/v1/acl/token", { Policies: [{ Name }] });
    const { SecretID } = json as { SecretID: string };
    this.#secrets.set(rules, SecretID);
    return SecretID;
  }

  /** Starts another agent, which is told `more` besides. */
  startAgent(nodeName: string, more: Readonly<Record<string, string>> = {}): Promise<RunningAgent> {
    return this.#plane.startAgent(nodeName, { ...DENY, ...more });
  }

  /** Starts another agent, with ACLs that allow by default. */
  startAllowingAgent(nodeName: string): Promise<RunningAgent> {
    return this.#plane.startAgent(nodeName, { CAUSEWAY_ACL_ENABLED: "true" });
  }

  /** Starts a terminating gateway that shows this secret. */
  startTerminatingGateway(service: string, secret: string): Promise<SpawnedProcess> {
    return this.#plane.startTerminatingGateway({
      CAUSEWAY_SERVICE: service,
      CAUSEWAY_NODE_NAME: "one",
      CAUSEWAY_ACL_TOKEN: secret,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#plane[Symbol.asyncDispose]();
  }
}
