import { ask } from "@causeway/bus";
import { roleJson } from "../acl/acl-json.ts";
import { type AclAgent, aclQuery, checkId, decodeAcl, sortedBy } from "../acl/acl-query.ts";
import { RoleShape, roleRequest } from "../acl/acl-shapes.ts";
import { type Answer, type ApiRequest, type Endpoint, empty, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { whenShown } from "./when-shown.ts";

/** Roles: policies and identities under a name. */
export function aclRoleEndpoints(agent: AclAgent): readonly Endpoint[] {
  return [
    { path: "/v1/acl/roles", methods: { GET: (request) => list(agent, request) } },
    { path: "/v1/acl/role", methods: { PUT: (request) => create(agent, request) } },
    { path: "/v1/acl/role/name/", methods: { GET: (request) => byName(agent, request) } },
    {
      path: "/v1/acl/role/",
      methods: {
        GET: (request) => byId(agent, request),
        PUT: (request) => update(agent, request),
        DELETE: (request) => remove(agent, request),
      },
    },
  ];
}

/** Every role, or with `?policy` those with that policy. */
function list(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const policy = request.query.get("policy") ?? "";
  return aclQuery(agent, request, (directory) =>
    sortedBy(directory.roles.values(), ({ ID }) => ID)
      .filter(({ Policies }) => policy === "" || Policies.includes(policy))
      .map((role) => roleJson(role, directory)),
  );
}

async function byId(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const id = idOf(request);
  const read = aclQuery(agent, request, (directory) => {
    checkId("role", id);
    const found = directory.roles.get(id);
    return found && roleJson(found, directory);
  });
  return orMissing(await read);
}

async function byName(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  if (request.rest === "") throw badRequest("Missing role Name");
  const read = aclQuery(agent, request, (directory) => {
    const found = directory.roleNamed(request.rest);
    return found && roleJson(found, directory);
  });
  return orMissing(await read);
}

/** A role that is not there is an empty 404, other than a policy. */
function orMissing(answer: Answer): Answer {
  const there = answer.body.kind !== "json" || answer.body.value !== undefined;
  return there ? answer : empty(404, answer.headers);
}

function create(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const asked = roleRequest(decodeAcl(request.body, RoleShape, "Role"));
  if (asked.ID !== "") throw badRequest("Cannot specify the ID when creating a new role");
  return put(agent, request, asked);
}

function update(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const id = idOf(request);
  const asked = roleRequest(decodeAcl(request.body, RoleShape, "Role"));
  if (asked.ID !== "" && asked.ID !== id) throw badRequest("Role ID in URL and payload do not match");
  return put(agent, request, { ...asked, ID: id });
}

async function put(agent: AclAgent, request: ApiRequest, Role: ReturnType<typeof roleRequest>): Promise<Answer> {
  const { acl, bus } = agent;
  const { ID, Index } = await ask(bus, "acl.put-role", { Token: acl.secretOf(request), Role });
  const headers = await whenShown(agent, acl.source, Index);
  const { directory } = acl.source.view;
  const written = directory.roles.get(ID);
  if (written === undefined) throw answered(500, `role ${ID} was deleted as soon as it was written`);
  return json(roleJson(written, directory), headers);
}

async function remove(agent: AclAgent, request: ApiRequest): Promise<Answer> {
  const { acl, bus } = agent;
  const { Index } = await ask(bus, "acl.delete-role", { Token: acl.secretOf(request), ID: idOf(request) });
  return json(true, await whenShown(agent, acl.source, Index));
}

function idOf({ rest }: ApiRequest): string {
  if (rest === "") throw badRequest("Missing role ID");
  return rest;
}
