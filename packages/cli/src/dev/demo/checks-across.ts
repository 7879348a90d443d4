import { eventually } from "@causeway/testkit";
import { type DemoCheck, portOf } from "./checks.ts";
import { openConversation, say, TIMEOUT_MS } from "./conversation.ts";
import type { FirstDatacenter } from "./first-datacenter.ts";
import type { FurtherDatacenter } from "./further-datacenter.ts";
import { carriersOf, type DemoGateway, holdsNoCertificate, lastDenial } from "./gateways.ts";

/** Two datacenters of the demo, and all gateways that a connection between them might take. */
type Between = {
  readonly first: FirstDatacenter;
  readonly further: FurtherDatacenter;
  readonly near: DemoGateway;
  readonly gateways: readonly DemoGateway[];
};

/** What is tried between the first datacenter, which has a mesh gateway then, and each of the others, in this order. */
export function checksAcross(first: FirstDatacenter, others: readonly FurtherDatacenter[]): DemoCheck[] {
  const near = first.meshGateway;
  if (near === undefined) return [];
  const gateways = [near, first.gateway, ...others.flatMap(({ meshGateway, gateway }) => [meshGateway, gateway])];
  return [
    ...others.flatMap((further) => checksBetween({ first, further, near, gateways })),
    { name: "causeway connect upstreams", run: () => tellModes(first, others) },
  ];
}

function checksBetween(between: Between): DemoCheck[] {
  const { first, further, near } = between;
  const { site, meshGateway: far, gateway } = further;
  const there = site.datacenter;
  return [
    { name: `web → api in ${there}, mode local`, run: () => reachApi(between, [near, far]) },
    { name: `web → api in ${there}, mode remote`, run: () => inModeRemote(first, () => reachApi(between, [far])) },
    { name: `web → orders-db outside ${there}`, run: () => reachDatabase(between, [near, far, gateway]) },
    { name: `report → orders-db outside ${there}`, run: () => beDenied(between) },
  ];
}

/** What a browser would ask api for. */
const REQUEST = "GET / HTTP/1.1\r\nHost: api\r\n\r\n";

async function reachApi(between: Between, expected: readonly DemoGateway[]): Promise<string> {
  const { datacenter } = between.further.site;
  const answer = await answerBy(between, "api", REQUEST, expected);
  if (!answer.includes(`api in ${datacenter} answers`))
    throw new Error(`not api in ${datacenter} answered, but: ${answer}`);
  await Promise.all(expected.map(holdsNoCertificate));
  return `answered; ${listed(expected)} carried it and hold${expected.length === 1 ? "s" : ""} no key to read it`;
}

/** Changes the definition file of web as an operator would, and back. */
async function inModeRemote({ web }: FirstDatacenter, work: () => Promise<string>): Promise<string> {
  await web.setMode("remote");
  try {
    return await work();
  } finally {
    await web.setMode("local");
  }
}

async function reachDatabase(between: Between, expected: readonly DemoGateway[]): Promise<string> {
  const answer = await answerBy(between, "orders-db", "select 3", expected);
  return `answered "${answer}"; ${listed(expected)} carried it`;
}

/**
 * What a service in the further datacenter answers to web on a connection that exactly the `expected` gateways carry, by their own records.
 * A connection by another way is given up for a new one: a change of the mode needs a moment to arrive.
 */
function answerBy(
  { first, further, gateways }: Between,
  service: string,
  text: string,
  expected: readonly DemoGateway[],
): Promise<string> {
  const { datacenter } = further.site;
  const port = portOf(first.web, `${service}.${datacenter}`);
  return eventually(
    async () => {
      await using open = await openConversation(port, text);
      const carriers = await carriersOf(gateways, service, datacenter);
      if (listed(carriers) !== listed(gateways.filter((gateway) => expected.includes(gateway))))
        throw new Error(`${listed(carriers)} carried it instead of ${listed(expected)}`);
      return open.answer;
    },
    { timeoutMs: TIMEOUT_MS },
  );
}

async function beDenied({ first, further }: Between): Promise<string> {
  const { site, gateway } = further;
  const port = portOf(first.report, `orders-db.${site.datacenter}`);
  const reason = await eventually(
    async () => {
      const answer = await say(port, "select 4").catch(() => undefined);
      if (answer !== undefined) throw new Error(`report was answered "${answer}" although "* => *" denies it`);
      return lastDenial(gateway, "report");
    },
    { timeoutMs: TIMEOUT_MS },
  );
  return `denied; ${site.datacenter}/${gateway.name} says: ${reason}`;
}

/** Reads the table that the command prints, whose columns are two blanks apart. */
async function tellModes({ web }: FirstDatacenter, others: readonly FurtherDatacenter[]): Promise<string> {
  const table = await web.site.causeway("connect", "upstreams", "-sidecar-for", "web");
  const rows = table.split("\n").map((line) => line.split(/ {2,}/));
  const told = others.map(({ site: { datacenter } }) => {
    const upstream = `api in ${datacenter}`;
    const [, , , mode, setBy, meaning] = rows.find(([name]) => name === upstream) ?? [];
    if (mode !== "local") throw new Error(`${upstream} is told to be in mode "${mode}", not "local"`);
    return `${upstream}: mode ${mode}, set by ${setBy}, ${meaning}`;
  });
  return told.join("; ");
}

/** "dc1/mesh-gateway and dc2/mesh-gateway". */
function listed(gateways: readonly DemoGateway[]): string {
  const names = gateways.map(({ datacenter, name }) => `${datacenter}/${name}`);
  return names.length === 0 ? "no gateway" : new Intl.ListFormat("en").format(names);
}
