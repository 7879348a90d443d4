import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ClientRequests } from "./client-requests.ts";
import { type Asked, exchange } from "./exchange.ts";
import { fieldsOf } from "./fields.ts";
import { askedByHttp1, Http1WayBack } from "./http1-way-back.ts";
import { Http1WayOn } from "./http1-way-on.ts";
import { noHost, refuse, type Told, unsupported } from "./refusal.ts";
import type { RequestMatch } from "./ways-on.ts";

// An import would load all of undici: see request-servers.ts.
const { ServerResponse } = process.getBuiltinModule("node:http");

/** The far side has agreed to speak something else from here on. */
type Upgraded = { readonly response: IncomingMessage; readonly upstream: Duplex; readonly head: Buffer };

/** Where an upgrade was asked for: the request, and what came behind it. */
export type UpgradeRequest = { readonly request: IncomingMessage; readonly client: Duplex; readonly head: Buffer };

/**
 * Leads a request to speak the WebSocket protocol on; once that is agreed upon, bytes are carried as they come. Never rejects.
 *
 * @see RFC 6455 section 4
 */
export async function serveUpgrade(requests: ClientRequests, asking: UpgradeRequest): Promise<void> {
  const { request, client } = asking;
  const asked = askedByHttp1(request);
  const startedMs = requests.now();
  const match = requests.match(asked);
  const response = new ServerResponse(request);
  const back = new Http1WayBack(response, () => true);
  const answerHere = () => {
    response.assignSocket(client as Parameters<typeof response.assignSocket>[0]);
    response.once("finish", () => client.end());
  };
  const told = await lead(requests, asking, { asked, match, back, answerHere });
  requests.writeDown({ asked, match, ...told, startedMs, left: client.destroyed });
}

type Errand = {
  readonly asked: Asked;
  readonly match: RequestMatch | undefined;
  readonly back: Http1WayBack;
  readonly answerHere: () => void;
};

async function lead(
  requests: ClientRequests,
  { client, head }: UpgradeRequest,
  { asked, match, back, answerHere }: Errand,
): Promise<Told> {
  answerHere();
  if (match === undefined) return refuse(back, asked, noHost(asked.authority));
  if (match.route.protocol !== "http") return refuse(back, asked, unsupported("no upgrade from HTTP/2"));
  try {
    const onward = requests.onward(asked);
    const fields = [...onward.fields, ["connection", "upgrade"], ["upgrade", "websocket"]] as const;
    const on = new Http1WayOn({ ...onward, fields, length: 0 }, requests.ways.apart(match));
    const upgraded = upgradeOf(on);
    const outcome = await Promise.race([upgraded, exchange({ ...asked, length: 0 }, back, on)]);
    if (!("upstream" in outcome)) return { status: outcome.status, refusal: undefined };
    back.body.detachSocket(client as Parameters<typeof back.body.detachSocket>[0]);
    carryOn(client, head, outcome);
    return { status: 101, refusal: undefined };
  } catch (error) {
    return requests.giveUp(back, asked, match, error);
  }
}

function upgradeOf({ body }: Http1WayOn): Promise<Upgraded> {
  const { promise, resolve } = Promise.withResolvers<Upgraded>();
  body.once("upgrade", (response, upstream, head) => resolve({ response, upstream, head }));
  return promise;
}

function carryOn(client: Duplex, head: Buffer, { response, upstream, head: first }: Upgraded): void {
  const fields = fieldsOf(response.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  client.write(`HTTP/1.1 101 Switching Protocols\r\n${fields.join("")}\r\n`, "latin1");
  client.write(first);
  upstream.write(head);
  // What breaks off is told as the end of its connection.
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on("error", () => {});
    one.once("close", () => other.destroy());
    one.pipe(other);
  }
}
