import { type AclAgent, aclQuery } from "../acl/acl-query.ts";
import type { OwnTokenName } from "../acl/own-tokens.ts";
import { type Answer, type ApiRequest, type Endpoint, empty, json, type Method, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { bool, decodeBody, string, struct } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { aclAuthorizeEndpoints } from "./acl-authorize.ts";
import { aclPolicyEndpoints } from "./acl-policies.ts";
import { aclRoleEndpoints } from "./acl-roles.ts";
import { aclTokenEndpoints } from "./acl-tokens.ts";

type TokenAgent = AclAgent & { readonly nodeName: string };

/** What has to do with ACLs, where they are enabled. */
export function aclEndpoints(agent: TokenAgent): readonly Endpoint[] {
  const none = (path: string): Endpoint => ({
    path,
    methods: { GET: (request) => aclQuery(agent, request, () => []) },
  });
  return [
    ...aclPolicyEndpoints(agent),
    ...aclRoleEndpoints(agent),
    ...aclTokenEndpoints(agent),
    ...aclAuthorizeEndpoints(agent),
    { path: "/v1/acl/replication", methods: { GET: () => json(replication(agent)) } },
    { path: "/v1/agent/token/", methods: { PUT: (request) => setOwnToken(agent, request) } },
    none("/v1/acl/auth-methods"),
    none("/v1/acl/binding-rules"),
    ...Object.entries(UNSERVED).map(([path, methods]) => unserved(path, methods)),
  ];
}

const ZERO_TIME = "0001-01-01T00:00:00Z";

/** How far this datacenter's copy of the ACL state is; the primary one has none. */
function replication({ bus, acl }: AclAgent): object {
  const { current, revision } = acl.source;
  const enabled = bus.datacenter !== bus.primaryDatacenter;
  const index = enabled ? revision : 0;
  return {
    Enabled: enabled,
    Running: enabled && current,
    SourceDatacenter: enabled ? bus.primaryDatacenter : "",
    ReplicationType: enabled ? "tokens" : "",
    ReplicatedIndex: index,
    ReplicatedRoleIndex: index,
    ReplicatedTokenIndex: index,
    LastSuccess: ZERO_TIME,
    LastError: ZERO_TIME,
  };
}

/** What an agent's tokens are called in paths, those of before Consul 1.4 included. */
const OWN_TOKENS: Readonly<Record<string, OwnTokenName>> = {
  default: "default",
  acl_token: "default",
  agent: "agent",
  acl_agent_token: "agent",
  agent_master: "agent_master",
  acl_agent_master_token: "agent_master",
  replication: "replication",
  acl_replication_token: "replication",
};

const OwnTokenShape = struct("agent.agentToken", { Token: string, Persist: bool });

/** Sets one of the agent's own tokens. */
async function setOwnToken({ acl, log, nodeName }: TokenAgent, request: ApiRequest): Promise<Answer> {
  acl.require(request, "agent:write", nodeName);
  const { rest: which, body } = request;
  const { Token = "" } = decodeOwnToken(body);
  const name = Object.hasOwn(OWN_TOKENS, which) ? OWN_TOKENS[which] : undefined;
  if (name === undefined) throw answered(404, `Token ${JSON.stringify(which)} is unknown`);
  await acl.own.set(name, Token);
  log.info({ token: name }, "Updated agent's ACL token");
  return empty();
}

function decodeOwnToken(body: string) {
  try {
    return decodeBody(body, OwnTokenShape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Request decode failed: ${error.message}`);
  }
}

const UNSERVED: Readonly<Record<string, readonly Method[]>> = {
  "/v1/acl/login": ["POST"],
  "/v1/acl/logout": ["POST"],
  "/v1/acl/binding-rule": ["PUT"],
  "/v1/acl/binding-rule/": ["GET", "PUT", "DELETE"],
  "/v1/acl/auth-method": ["PUT"],
  "/v1/acl/auth-method/": ["GET", "PUT", "DELETE"],
  "/v1/acl/rules/translate": ["POST"],
  "/v1/acl/rules/translate/": ["GET"],
  "/v1/acl/create": ["PUT"],
  "/v1/acl/update": ["PUT"],
  "/v1/acl/destroy/": ["PUT"],
  "/v1/acl/info/": ["GET"],
  "/v1/acl/clone/": ["PUT"],
  "/v1/acl/list": ["GET"],
};

function unserved(path: string, methods: readonly Method[]): Endpoint {
  const answer = () =>
    text(
      501,
      `Causeway has neither auth methods nor the ACLs of Consul before 1.4: ${path} is not served; use /v1/acl/token`,
    );
  return { path, methods: Object.fromEntries(methods.map((method) => [method, answer])) };
}
