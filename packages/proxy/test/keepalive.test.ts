import { Socket } from "node:net";
import type { Keepalive } from "@causeway/routes";
import { startTcpEcho } from "@causeway/testkit";
import { expect, test, vi } from "vitest";
import { openTcp } from "./mesh.fixture.ts";
import { directListener, endpointAt, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

const cases: readonly { name: string; keepalive?: Keepalive; set: readonly unknown[][] }[] = [
  { name: "is left to the system", set: [] },
  { name: "begins after a while", keepalive: { idleSeconds: 60 }, set: [[true, 60_000, undefined, undefined]] },
  {
    name: "has an interval and a number of probes",
    keepalive: { idleSeconds: 60, intervalSeconds: 5, probes: 3 },
    set: [[true, 60_000, 5_000, 3]],
  },
];

for (const { name, keepalive, set } of cases) {
  test(`TCP keepalive towards an endpoint ${name}`, async () => {
    await using echo = await startTcpEcho();
    const route = { ...routeTo([endpointAt(echo.port)]), ...(keepalive === undefined ? {} : { keepalive }) };
    await using under = await startTestProxy(tableOf(directListener(route)));
    using setKeepAlive = vi.spyOn(Socket.prototype, "setKeepAlive");
    expect(await (await openTcp(under.port())).ask("hello")).toBe("hello");
    expect(setKeepAlive.mock.calls).toEqual(set);
  });
}
