import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sayReady, serveUntilStopped, whereToListen } from "./program.ts";

/**
 * An application of the demo mesh. It knows nothing of the mesh: asked for `/<upstream>/…` it calls `http://127.0.0.1:<local port>/…`,
 * as its sidecar offers it, and hands on what comes back. Asked for `/` it says who it is.
 */
const [name = "", upstreamPorts = "{}"] = process.argv.slice(2);
const upstreams = JSON.parse(upstreamPorts) as Readonly<Record<string, number>>;

const server = createServer((request, response) => {
  const [, upstream = "", ...rest] = (request.url ?? "/").split("/");
  const port = upstreams[upstream];
  if (upstream === "") {
    response.end(`${name} answers\n`);
    return;
  }
  if (port === undefined) {
    response.writeHead(404).end(
      `ask for one of: ${Object.keys(upstreams)
        .map((name) => `/${name}/`)
        .join(" ")}\n`,
    );
    return;
  }
  void fetch(`http://127.0.0.1:${port}/${rest.join("/")}`)
    .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
    .catch((error: Error) => response.writeHead(502).end(`${upstream} could not be reached: ${reason(error)}\n`));
});

function reason(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

server.listen(whereToListen());
await once(server, "listening");
sayReady({ port: (server.address() as AddressInfo).port });
await serveUntilStopped();
