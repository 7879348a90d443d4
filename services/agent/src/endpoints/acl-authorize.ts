import { quoted } from "@causeway/model";
import type { Authorizer } from "@causeway/policy";
import type { AclAgent } from "../acl/acl-query.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { decodeBody, listOf, type Shaped, string, struct } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";

const QuestionShape = struct("structs.ACLAuthorizationRequest", {
  Resource: string,
  Segment: string,
  Access: string,
  Namespace: string,
});
const QuestionsShape = listOf(QuestionShape);
type Question = Shaped<typeof QuestionShape>;

/** As many as Consul answers at once. */
const MAX_QUESTIONS = 64;

/** What may be asked for, beside reading and writing. */
const RESOURCES = [
  ...(["acl", "agent", "event", "intention", "key", "keyring", "mesh", "node", "operator", "peering"] as const),
  ...(["query", "service", "session"] as const),
];

/** Tells whoever shows a token what that may do, as Consul's web page asks: nothing that trying it would not tell. */
export function aclAuthorizeEndpoints(agent: AclAgent): readonly Endpoint[] {
  return [{ path: "/v1/internal/acl/authorize", methods: { POST: (request) => authorize(agent, request) } }];
}

function authorize({ acl }: AclAgent, request: ApiRequest): Answer {
  const questions = decode(request.body);
  if (questions.length > MAX_QUESTIONS) {
    throw answered(400, `Refusing to process more than ${MAX_QUESTIONS} authorizations at once`);
  }
  if (questions.length === 0) return json([]);
  const { authorizer } = acl.accessOf(request);
  return json(
    questions.map(({ Resource = "", Segment = "", Access = "" }) => ({
      Resource,
      ...(Segment === "" ? {} : { Segment }),
      Access,
      Allow: isAllowed(authorizer, { Resource, Segment, Access }),
    })),
  );
}

function isAllowed(authorizer: Authorizer, { Resource = "", Segment = "", Access = "" }: Question): boolean {
  const resource = RESOURCES.find((known) => known === Resource);
  if (resource === undefined) throw answered(400, `Invalid ACL resource requested: ${quoted(Resource)}`);
  const access = Access.toLowerCase();
  if (access === "read" || access === "write") return authorizer.may(`${resource}:${access}`, Segment);
  if (resource === "key" && access === "list") return authorizer.may("key:list", Segment);
  if (resource === "key" && access === "write-prefix") return authorizer.mayAll("key:write", Segment);
  throw answered(400, `Invalid access level for ${Resource} resource: ${Access}`);
}

function decode(body: string): readonly Question[] {
  try {
    return decodeBody(body, QuestionsShape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Failed to decode request body: ${error.message}`);
  }
}
