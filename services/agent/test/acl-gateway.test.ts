import { eventually, freePort } from "@causeway/testkit";
import { expect, test } from "vitest";
import { AclPlane } from "./acl-plane.ts";

type RoutesPage = {
  readonly routes: readonly { readonly name: string }[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
};

/** Where the admin port of a process is, which its first log line tells. */
function adminOf(output: string): string {
  return `http://127.0.0.1:${/"adminPort":(\d+)/.exec(output)?.[1]}`;
}

test("a linked service without the privilege loses its route with the reason, and only that one, until it has it", async () => {
  await using plane = await AclPlane.start();
  const rules = 'service "tgw" { policy = "write" } service "web" { policy = "write" }';
  const registration = { Kind: "terminating-gateway", Name: "tgw", Address: "127.0.0.1", Port: await freePort() };
  const secret = await plane.having(rules);
  expect(await plane.as(secret, "PUT", "/v1/agent/service/register", registration)).toMatchObject({ status: 200 });
  await using gateway = await plane.startTerminatingGateway("tgw", secret);
  const routes = async () => {
    const page = (await (await fetch(`${adminOf(gateway.output())}/debug/routes`)).json()) as RoutesPage;
    return { served: page.routes.map(({ name }) => name).sort(), unavailable: page.unavailable };
  };
  await eventually(async () => {
    const { served, unavailable } = await routes();
    expect(served).toEqual(["web"]);
    expect(unavailable).toEqual([
      { name: "db", reason: "no leaf certificate: Permission denied: Missing service:write on db" },
    ]);
  });
  const { json } = await plane.root("GET", "/v1/acl/policy/name/p0");
  const Rules = `${rules} service "db" { policy = "write" }`;
  await plane.root("PUT", `/v1/acl/policy/${(json as { ID: string }).ID}`, { Name: "p0", Rules });
  await eventually(async () => expect(await routes()).toEqual({ served: ["db", "web"], unavailable: [] }));
  expect(gateway.output()).not.toContain(secret);
});
