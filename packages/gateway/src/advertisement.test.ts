import type { InstanceRecord } from "@causeway/model";
import { instanceRecord } from "@causeway/routes/testing";
import { FakeClock } from "@causeway/runtime/testing";
import { describe, expect, test } from "vitest";
import { Advertisement } from "./advertisement.ts";
import type { AgentAnswer } from "./ask-agent.ts";

const DONE: AgentAnswer = { status: 200, text: "" };
const REGISTERED = instanceRecord({ Service: "gw", ID: "gw-1", Checks: ["critical"] });
const LEAVING = { ...REGISTERED, Checks: REGISTERED.Checks.map((check) => ({ ...check, CheckID: "draining:gw-1" })) };

/** A proxy whose agent gives these answers, one after the other, and the last of them from then on. */
function setUp(...answers: readonly (AgentAnswer | Error)[]) {
  const clock = new FakeClock();
  const asked: { readonly path: string; readonly body: unknown }[] = [];
  const said: string[] = [];
  const note = (_facts: object, message: string) => void said.push(message);
  let instance: InstanceRecord | undefined = REGISTERED;
  const advertisement = new Advertisement({
    id: "gw-1",
    async put(path, body) {
      const answer = answers[Math.min(asked.push({ path, body }), answers.length) - 1] ?? DONE;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    registered: () => instance,
    spreadMs: 1_000,
    clock,
    log: { debug: note, info: note, warn: note, error: note },
  });
  const become = (next: InstanceRecord | undefined) => {
    instance = next;
    advertisement.changed();
  };
  return { advertisement, clock, asked, said, become };
}

/** Whether a promise has been resolved by now. */
function follow(promise: Promise<void>): () => boolean {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  return () => over;
}

describe("a proxy that is on its way out", () => {
  test.each([
    { name: "its critical check is there", heard: LEAVING },
    { name: "it has been deregistered", heard: undefined },
  ])("has left some time after the catalog says that $name", async ({ heard }) => {
    const { advertisement, clock, asked, become } = setUp();
    const left = follow(advertisement.withdraw());
    await clock.advance(4_000);
    expect(left()).toBe(false);
    become(heard);
    await clock.advance(999);
    expect(left()).toBe(false);
    await clock.advance(1);
    expect(left()).toBe(true);
    expect(asked).toMatchObject([
      { path: "/v1/agent/check/register", body: { ID: "draining:gw-1", ServiceID: "gw-1", Status: "critical" } },
    ]);
  });

  test("does not wait for ever for a catalog that says nothing", async () => {
    const { advertisement, clock, said } = setUp();
    const left = follow(advertisement.withdraw());
    await clock.advance(5_000);
    await clock.advance(1_000);
    expect(left()).toBe(true);
    expect(said).toContain("the catalog has not said that this proxy is leaving");
  });

  test.each([
    { name: "is away", answer: new Error("connect ECONNREFUSED") },
    { name: "refuses", answer: { status: 403, text: "Permission denied" } },
  ])("waits for nothing where the agent $name, and says so", async ({ answer }) => {
    const { advertisement, said } = setUp(answer);
    await advertisement.withdraw();
    expect(said).toEqual(["still advertised"]);
  });
});

describe("a proxy that has started", () => {
  test.each([
    { name: "takes the check away that its last life has left", answers: [DONE], asks: 1 },
    { name: "is content where there is none", answers: [{ status: 404, text: "Unknown check" }], asks: 1 },
    { name: "gives up where it may not", answers: [{ status: 403, text: "Permission denied" }], asks: 1 },
    {
      name: "asks again while the agent is away",
      answers: [new Error("away"), { status: 500, text: "" }, DONE],
      asks: 3,
    },
  ])("$name", async ({ answers, asks }) => {
    const { advertisement, clock, asked } = setUp(...answers);
    const renewed = follow(advertisement.renew(new AbortController().signal));
    for (let i = 0; i < 10; i++) await clock.advance(1_000);
    expect(renewed()).toBe(true);
    expect(asked.map(({ path }) => path)).toEqual(
      Array.from({ length: asks }, () => "/v1/agent/check/deregister/draining%3Agw-1"),
    );
  });
});
