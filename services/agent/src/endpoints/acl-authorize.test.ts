import { Authorizer, parseRules } from "@causeway/policy";
import { expect, test } from "vitest";
import type { AclAgent } from "../acl/acl-query.ts";
import { type ApiRequest, STAYING_CLIENT } from "../http/endpoint.ts";
import { aclAuthorizeEndpoints } from "./acl-authorize.ts";

const RULES = `
operator = "read"
service "web" { policy = "write" }
key_prefix "app/" { policy = "write" }
key "app/secret" { policy = "deny" }
`;

/** What is told to somebody who holds the rules and asks this. */
async function ask(body: string) {
  const acl = { accessOf: () => ({ authorizer: new Authorizer(parseRules(RULES), "deny"), token: undefined }) };
  // Only what is looked at.
  const [endpoint] = aclAuthorizeEndpoints({ acl } as unknown as AclAgent);
  const request: ApiRequest = {
    method: "POST",
    path: "/v1/internal/acl/authorize",
    rest: "",
    query: new URLSearchParams(),
    headers: {},
    body,
    client: STAYING_CLIENT,
  };
  const answer = await endpoint?.methods.POST?.(request);
  return answer?.body.kind === "json" ? answer.body.value : undefined;
}

test.each([
  { Resource: "operator", Access: "read", Allow: true },
  { Resource: "operator", Access: "write", Allow: false },
  { Resource: "mesh", Access: "read", Allow: true },
  { Resource: "service", Segment: "web", Access: "WRITE", Allow: true },
  { Resource: "service", Segment: "db", Access: "read", Allow: false },
  { Resource: "key", Segment: "app/a", Access: "list", Allow: true },
  { Resource: "key", Segment: "app/", Access: "write-prefix", Allow: false },
  { Resource: "key", Segment: "app/a", Access: "write-prefix", Allow: true },
  { Resource: "acl", Access: "read", Allow: false },
])("$Resource $Segment $Access: $Allow", async ({ Allow, ...question }) => {
  expect(await ask(JSON.stringify([question]))).toEqual([{ ...question, Allow }]);
});

test("nothing asked is nothing answered, and too much is refused", async () => {
  expect(await ask("[]")).toEqual([]);
  const many = JSON.stringify(Array.from({ length: 65 }, () => ({ Resource: "acl", Access: "read" })));
  await expect(ask(many)).rejects.toThrow("Refusing to process more than 64 authorizations at once");
});

test.each([
  ['[{"Resource":"nobody","Access":"read"}]', 'Invalid ACL resource requested: "nobody"'],
  ['[{"Resource":"node","Segment":"n","Access":"list"}]', "Invalid access level for node resource: list"],
  ["{", "Failed to decode request body: "],
])("%s is refused", async (body, text) => {
  await expect(ask(body)).rejects.toThrow(text);
});
