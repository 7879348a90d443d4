import { describe, expect, test } from "vitest";
import { diagnose } from "./diagnose.ts";
import type { Facts, HopSeen } from "./facts.ts";
import { firstFailed, known, resultOf, unknown } from "./step.ts";
import {
  at,
  but,
  caller,
  critical,
  factsAcross,
  factsOutside,
  instance,
  leaf,
  originating,
  place,
  running,
  silent,
  soundFacts,
} from "./testing/facts.ts";
import { FAR_FAILURES } from "./testing/far-failures.ts";
import { NEAR_FAILURES } from "./testing/near-failures.ts";

const { leading } = place();
const gateway = instance("gateway", {
  Kind: "mesh-gateway",
  TaggedAddresses: { wan: { Address: "203.0.113.7", Port: 443 } },
});

const carried = (role: string): HopSeen => ({ role, proxy: role, kind: "connect-proxy", state: "carried" });

describe("the first step that fails, and what to do, with", () => {
  test.each([...NEAR_FAILURES, ...FAR_FAILURES])("$name", ({ facts, step, detail, remedy }) => {
    expect(firstFailed(diagnose(facts))).toMatchObject({
      id: step,
      detail: expect.stringMatching(detail),
      remedy: expect.stringMatching(remedy),
    });
  });
});

const stateOf = (facts: Facts, step: string) => diagnose(facts).find(({ id }) => id === step);

describe("nothing fails", () => {
  test("where nothing is wrong, and every step is ok", () => {
    const found = diagnose(soundFacts());
    expect(found.filter(({ state }) => state !== "ok")).toEqual([]);
  });

  test.each<{ name: string; facts: Facts; step: string; told: RegExp; state?: string }>([
    {
      name: "when another place stands in",
      facts: { ...at({ leading: { ...leading, failover: true, datacenter: "dc2" } }) },
      step: "chain",
      told: /now api in dc2 stands in/,
    },
    {
      name: "when one of several instances is ill",
      facts: at({ instances: known([instance("a"), instance("b", {}, [critical("tcp")])]) }),
      step: "instances",
      told: /1 of 2 instances healthy; b on node n1 is critical/,
    },
    {
      name: "when the far end closes at once",
      facts: but({
        attempt: {
          kind: "made",
          address: "127.0.0.1:9001",
          open: false,
          hops: [carried("sidecar"), carried("destination")],
        },
      }),
      step: "connection",
      told: /the far end closed it/,
    },
    {
      name: "when all gateways are there",
      facts: factsAcross([
        { datacenter: "dc1", gateways: known([running(gateway)]) },
        { datacenter: "dc2", gateways: known([running(gateway)]) },
      ]),
      step: "mesh-gateways",
      told: /dc1: gateway at 10\.0\.0\.1:8000; dc2: gateway at 203\.0\.113\.7:443/,
    },
    {
      name: "when TLS without a name is asked for",
      facts: factsOutside(originating({ kind: "tls", caFile: "/ca" })),
      step: "tls-origination",
      told: /any name: no SNI is given/,
    },
    {
      name: "when another link's files are bad",
      facts: factsOutside(
        originating({ kind: "tls", caFile: "/ca" }, [
          { files: ["/ca", "/c", "/k"], reason: "bad", usingLastGood: false },
        ]),
      ),
      step: "tls-origination",
      told: /^TLS by \/ca/,
    },
    {
      name: "when a proxy of another maker takes the connections",
      facts: but({ takers: [silent(instance("api", { Kind: "connect-proxy" }), true)] }),
      step: "destination-proxy-running",
      told: /another maker's/,
      state: "not checked",
    },
  ])("$name", ({ facts, step, told, state = "ok" }) => {
    expect(firstFailed(diagnose(facts))).toBeUndefined();
    expect(stateOf(facts, step)).toMatchObject({ state, detail: expect.stringMatching(told) });
  });
});

test("no step is left out silently: what cannot be told is not checked, with the reason", () => {
  const why = unknown("the token may not see it");
  const attempt = { kind: "not made", why: "elsewhere" } as const;
  const hidden = [
    but({ instances: why }),
    but({ sidecars: why, sidecar: undefined, upstream: undefined, places: why, place: undefined, takers: [], attempt }),
    but({ sidecar: { ...caller(), process: why }, attempt }),
    but({ places: why, place: undefined, takers: [], attempt }),
    at({ instances: why, providers: why, datacenter: why }),
    factsAcross([{ datacenter: "dc1", gateways: why }]),
    {
      ...factsOutside({}),
      takers: [{ ...running(instance("egress", { Kind: "terminating-gateway" })), process: why }],
    },
    but({ roots: why, intention: why, links: why }),
  ];
  const ids = diagnose(but({ attempt })).map(({ id }) => id);
  for (const facts of hidden) {
    const found = diagnose({ ...facts, attempt });
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(found.filter(({ state }) => state === "failed")).toEqual([]);
    expect(found.filter(({ state, detail }) => state === "not checked" && detail === "")).toEqual([]);
    expect(found.some(({ detail }) => detail.includes("the token may not see it"))).toBe(true);
  }
});

test("a result is known where all was checked, or a connection went through", () => {
  const notMade = { attempt: { kind: "not made", why: "elsewhere" } } as const;
  const hidden = { roots: unknown("hidden") };
  expect(resultOf(diagnose(but(notMade)))).toBe("ok");
  expect(resultOf(diagnose(but(hidden)))).toBe("ok");
  expect(resultOf(diagnose(but({ ...notMade, ...hidden })))).toBe("unknown");
  expect(resultOf(diagnose(but({ ...hidden, instances: known([]) })))).toBe("failed");
});

test("without a connection, the last refusal between the two is told", () => {
  const refusals = [
    { id: 2, client: "c", source: "cron", destination: "api", outcome: "DENIED", reason: "cron" },
    { id: 1, client: "c", source: "web", destination: "api", outcome: "DENIED", reason: "web" },
  ];
  const taker = running(instance("api-sidecar-proxy", { Kind: "connect-proxy" }), { refusals, leaves: [leaf("api")] });
  const facts = but({ takers: [taker], attempt: { kind: "not made", why: "elsewhere" } });
  expect(stateOf(facts, "connection")).toMatchObject({
    state: "not checked",
    detail: "elsewhere; last refused: DENIED: web",
  });
});
