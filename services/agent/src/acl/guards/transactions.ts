import { type Answer, json } from "../../http/endpoint.ts";
import { rawBody, textsNamed, valuesNamed } from "../asked-body.ts";
import type { Asker, Guard } from "../guard.ts";
import { isJson, seesCheck, seesNode, textAt, visiblePart } from "../visible.ts";

/**
 * Who may do what together: one operation that may not be done is the end of all of them, and told as Consul tells it. What is only
 * read is left out of the answer instead.
 */
export const transactionGuard: Guard = { instead: refused, filter: visibleResults };

/** The answer to a transaction with operations that may not be done. */
function refused(asker: Asker): Answer | undefined {
  const body = rawBody(asker.request.body);
  const operations: readonly unknown[] = Array.isArray(body) ? body : [];
  const denied = operations.flatMap((operation, OpIndex) =>
    mayDo(asker, operation) ? [] : [{ OpIndex, What: "Permission denied" }],
  );
  return denied.length === 0 ? undefined : json({ Results: null, Errors: denied }, {}, 409);
}

function mayDo(asker: Asker, operation: unknown): boolean {
  return (
    valuesNamed(operation, "kv").every((kv) => mayDoKey(asker, kv)) &&
    valuesNamed(operation, "node").every((node) => onlyGets(node) || mayWriteNode(asker, node)) &&
    valuesNamed(operation, "service").every((service) => onlyGets(service) || mayWriteService(asker, service)) &&
    valuesNamed(operation, "check").every((check) => onlyGets(check) || mayWriteCheck(asker, check))
  );
}

const GETS = ["get", "get-tree"];
const LOOKS = ["check-index", "check-session", "check-not-exists"];

/** What verb counts where there are several is the endpoint's affair. */
function onlyGets(operation: unknown): boolean {
  const verbs = textsNamed(operation, "verb");
  return verbs.length > 0 && verbs.every((verb) => GETS.includes(verb.toLowerCase()));
}

function mayDoKey({ authorizer }: Asker, kv: unknown): boolean {
  const keys = textsNamed(kv, "key");
  return textsNamed(kv, "verb").every((text) => {
    const verb = text.toLowerCase();
    return (keys.length === 0 ? [""] : keys).every((key) => {
      if (GETS.includes(verb)) return true;
      if (LOOKS.includes(verb)) return authorizer.may("key:read", key);
      return verb === "delete-tree" ? authorizer.mayAll("key:write", key) : authorizer.may("key:write", key);
    });
  });
}

function mayWriteNode({ authorizer }: Asker, operation: unknown): boolean {
  const names = valuesNamed(operation, "node").flatMap((node) => textsNamed(node, "node"));
  return (names.length === 0 ? [""] : names).every((name) => authorizer.may("node:write", name));
}

/** The service that is named, and that which is there under its ID; where neither is known, the node. */
function mayWriteService({ authorizer, agent }: Asker, operation: unknown): boolean {
  const services = valuesNamed(operation, "service");
  const nodes = textsNamed(operation, "node");
  const ids = services.flatMap((service) => [...textsNamed(service, "id"), ...textsNamed(service, "service")]);
  const there = nodes
    .flatMap((node) => agent.catalog.view.instancesOn(node))
    .filter(({ Service }) => ids.includes(Service.ID));
  const named = services.flatMap((service) => textsNamed(service, "service")).filter((name) => name !== "");
  const names = [...named, ...there.map(({ Service }) => Service.Service)];
  if (names.length > 0) return names.every((name) => authorizer.may("service:write", name));
  return (nodes.length === 0 ? [""] : nodes).every((node) => authorizer.may("node:write", node));
}

/** The service that the check, or that which is there under its ID, speaks for; or else its node. */
function mayWriteCheck({ authorizer, agent }: Asker, operation: unknown): boolean {
  const checks = valuesNamed(operation, "check");
  const under = (name: string) => checks.flatMap((check) => textsNamed(check, name));
  const nodes = under("node");
  const [ids, services] = [under("checkid"), under("serviceid").filter((id) => id !== "")];
  const onNodes = nodes.flatMap((node) => agent.catalog.view.instancesOn(node));
  const spokenFor = onNodes.filter(
    ({ Service, Checks }) => services.includes(Service.ID) || Checks.some(({ CheckID }) => ids.includes(CheckID)),
  );
  const unknown = services.filter((id) => !spokenFor.some(({ Service }) => Service.ID === id));
  const names = [...new Set(spokenFor.map(({ Service }) => Service.Service))];
  const mayServices = names.every((name) => authorizer.may("service:write", name));
  if (names.length > 0 && unknown.length === 0) return mayServices;
  return mayServices && (nodes.length === 0 ? [""] : nodes).every((node) => authorizer.may("node:write", node));
}

function visibleResults(value: unknown, { authorizer }: Asker): unknown {
  if (!isJson(value)) return value;
  const { Results } = value;
  const shown = visiblePart(Results, (result) => {
    if (!isJson(result)) return true;
    const { KV, Node, Service, Check } = result;
    return (
      (KV === undefined || authorizer.may("key:read", textAt(KV, "Key"))) &&
      (Node === undefined || seesNode(Node, authorizer)) &&
      (Service === undefined || authorizer.may("service:read", textAt(Service, "Service"))) &&
      (Check === undefined || seesCheck(Check, authorizer))
    );
  });
  return shown === Results ? value : { ...value, Results: shown };
}
