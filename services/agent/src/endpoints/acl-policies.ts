import { ask } from "@causeway/bus";
import { policyJson, policySummaryJson } from "../acl/acl-json.ts";
import { type AclAgent, aclQuery, checkId, decodeAcl, orNotFound, sortedBy } from "../acl/acl-query.ts";
import { PolicyShape, policyRequest } from "../acl/acl-shapes.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { whenShown } from "./when-shown.ts";

/** Policies: rules under a name. */
export function aclPolicyEndpoints(agent: AclAgent): readonly Endpoint[] {
  return [
    { path: "/v1/acl/policies", methods: { GET: (request) => list(agent, request) } },
    { path: "/v1/acl/policy", methods: { PUT: (request) => create(agent, request) } },
    { path: "/v1/acl/policy/name/", methods: { GET: (request) => byName(agent, request) } },
    {
      path: "/v1/acl/policy/",
      methods: {
        GET: (request) => byId(agent, request),
        PUT: (request) => update(agent, request),
        DELETE: (request) => remove(agent, request),
      },
    },
  ];
}

function list(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  return aclQuery(agent, request, ({ policies }) => sortedBy(policies.values(), ({ ID }) => ID).map(policySummaryJson));
}

async function byId(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const id = idOf(request);
  const read = aclQuery(agent, request, ({ policies }) => {
    checkId("policy", id);
    const found = policies.get(id);
    return found && policyJson(found);
  });
  return orNotFound(await read);
}

async function byName(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  if (request.rest === "") throw badRequest("Missing policy Name");
  const read = aclQuery(agent, request, (directory) => {
    const found = directory.policyNamed(request.rest);
    return found && policyJson(found);
  });
  return orNotFound(await read);
}

function create(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const asked = policyRequest(decodeAcl(request.body, PolicyShape, "Policy"));
  if (asked.ID !== "") throw badRequest("Cannot specify the ID when creating a new policy");
  return put(agent, request, asked);
}

function update(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const id = idOf(request);
  const asked = policyRequest(decodeAcl(request.body, PolicyShape, "Policy"));
  if (asked.ID !== "" && asked.ID !== id) throw badRequest("Policy ID in URL and payload do not match");
  return put(agent, request, { ...asked, ID: id });
}

async function put(agent: AclAgent, request: ApiRequest, Policy: ReturnType<typeof policyRequest>): Promise<Answer> {
  const { acl, bus } = agent;
  const { ID, Index } = await ask(bus, "acl.put-policy", { Token: acl.secretOf(request), Policy });
  const headers = await whenShown(agent, acl.source, Index);
  const written = acl.source.view.directory.policies.get(ID);
  if (written === undefined) throw answered(500, `policy ${ID} was deleted as soon as it was written`);
  return json(policyJson(written), headers);
}

async function remove(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const { acl, bus } = agent;
  const { Index } = await ask(bus, "acl.delete-policy", { Token: acl.secretOf(request), ID: idOf(request) });
  return json(true, await whenShown(agent, acl.source, Index));
}

function idOf({ rest }: ApiRequest): string {
  if (rest === "") throw badRequest("Missing policy ID");
  return rest;
}
