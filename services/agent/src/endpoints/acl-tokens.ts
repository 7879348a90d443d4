import { ask } from "@causeway/bus";
import { hasExpired } from "@causeway/policy";
import { tokenJson, tokenSummaryJson } from "../acl/acl-json.ts";
import { type AclAgent, aclQuery, checkId, decodeAcl, openAclQuery, orNotFound, sortedBy } from "../acl/acl-query.ts";
import { TokenShape, tokenRequest } from "../acl/acl-shapes.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { whenShown } from "./when-shown.ts";

/** Tokens: what whoever knows the secret may do. */
export function aclTokenEndpoints(agent: AclAgent): readonly Endpoint[] {
  return [
    { path: "/v1/acl/bootstrap", methods: { PUT: () => bootstrap(agent) } },
    { path: "/v1/acl/tokens", methods: { GET: (request) => list(agent, request) } },
    { path: "/v1/acl/token", methods: { PUT: (request) => create(agent, request) } },
    { path: "/v1/acl/token/self", methods: { GET: (request) => self(agent, request) } },
    {
      path: "/v1/acl/token/",
      methods: {
        GET: (request) => byAccessor(agent, request),
        PUT: (request) => updateOrClone(agent, request),
        DELETE: (request) => remove(agent, request),
      },
    },
  ];
}

/** Gives out the first management token. */
async function bootstrap(agent: AclAgent): Promise<Answer> {
  const { ID, Index } = await ask(agent.bus, "acl.bootstrap", {});
  const { value, headers } = await shown(agent, ID, Index);
  // Older clients read the secret under this name.
  return json({ ID: value["SecretID"], ...value }, headers);
}

/** Every token that has not expired, or those with what `?policy` and `?role` name, in the order that Consul lists them in. */
function list(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const policy = request.query.get("policy") ?? "";
  const role = request.query.get("role") ?? "";
  return aclQuery(agent, request, (directory) =>
    sortedBy(directory.tokens.values(), ({ SecretID }) => SecretID)
      .filter((token) => !hasExpired(token, agent.clock.now()))
      .filter(({ Policies }) => policy === "" || Policies.includes(policy))
      .filter(({ Roles }) => role === "" || Roles.includes(role))
      .map((token) => tokenSummaryJson(token, directory)),
  );
}

/** The secret is shown to whoever could make a token like it. */
async function byAccessor(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const id = accessorOf(request.rest);
  const read = aclQuery(agent, request, (directory, { authorizer }) => {
    checkId("token", id);
    const found = directory.tokens.get(id);
    if (found === undefined || hasExpired(found, agent.clock.now())) return undefined;
    return tokenJson(found, directory, { secret: authorizer.may("acl:write") });
  });
  return orNotFound(await read);
}

/** The token that the request shows; no permission is needed to know one's own. */
async function self(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const secret = agent.acl.secretOf(request);
  const read = openAclQuery(agent, request, (directory) => {
    const found = secret === "" ? undefined : directory.resolve(secret, agent.clock.now())?.token;
    return found && tokenJson(found, directory, { secret: true });
  });
  return orNotFound(await read);
}

async function create(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const Wanted = tokenRequest(decodeAcl(request.body, TokenShape, "Token"));
  const { acl, bus, datacenter } = agent;
  const asked = { Token: acl.secretOf(request), Datacenter: datacenter, Wanted };
  const { ID, Index } = await ask(bus, "acl.create-token", asked);
  const { value, headers } = await shown(agent, ID, Index);
  return json(value, headers);
}

function updateOrClone(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const cloned = /^(.*)\/clone$/.exec(request.rest)?.[1];
  return cloned === undefined ? update(agent, request) : clone(agent, request, accessorOf(cloned));
}

async function update(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const id = accessorOf(request.rest);
  const asked = tokenRequest(decodeAcl(request.body, TokenShape, "Token"));
  if (asked.AccessorID !== "" && asked.AccessorID !== id) {
    throw badRequest("Token Accessor ID in URL and payload do not match");
  }
  const { acl, bus } = agent;
  const Wanted = { ...asked, AccessorID: id };
  const { ID, Index } = await ask(bus, "acl.update-token", { Token: acl.secretOf(request), Wanted });
  const { value, headers } = await shown(agent, ID, Index);
  return json(value, headers);
}

async function clone(agent: AclAgent, request: ApiRequest, id: string): Promise<Answer> {
  const body = request.body === "" ? {} : decodeAcl(request.body, TokenShape, "Token");
  const { acl, bus } = agent;
  const asked = { Token: acl.secretOf(request), ID: id, Description: body.Description ?? "" };
  const { ID, Index } = await ask(bus, "acl.clone-token", asked);
  const { value, headers } = await shown(agent, ID, Index);
  return json(value, headers);
}

async function remove(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const { acl, bus } = agent;
  const asked = { Token: acl.secretOf(request), ID: accessorOf(request.rest) };
  const { Index } = await ask(bus, "acl.delete-token", asked);
  return json(true, await whenShown(agent, acl.source, Index));
}

/** The token as it was written; whoever may write one may see its secret. */
async function shown(agent: AclAgent, id: string, index: number) {
  const { source } = agent.acl;
  const headers = await whenShown(agent, source, index);
  const { directory } = source.view;
  const written = directory.tokens.get(id);
  if (written === undefined) throw answered(500, `token ${id} was deleted as soon as it was written`);
  return { value: tokenJson(written, directory, { secret: true }), headers };
}

function accessorOf(id: string): string {
  if (id === "") throw badRequest("Missing token ID");
  return id;
}
