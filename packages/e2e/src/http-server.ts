import { createServer } from "node:http";
import { type ListeningServer, listen, type SeenRequest } from "@causeway/testkit";

/** A plain HTTP service that tells what it sees, as the test kit's HTTPS server does. */
export type HttpServer = ListeningServer & { readonly requests: readonly SeenRequest[] };

/** Starts a plain HTTP service under this name; the answer to each request is what it saw of it. */
export async function startHttpServer(name: string): Promise<HttpServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const seen = {
      server: name,
      method: request.method ?? "",
      path: request.url ?? "",
      host: request.headers.host ?? null,
      serverName: null,
      clientCommonName: null,
      clientAuthorized: false,
      tlsVersion: null,
    };
    requests.push(seen);
    request.resume();
    response.setHeader("content-type", "application/json").end(`${JSON.stringify(seen)}\n`);
  });
  return { ...(await listen(server)), requests };
}
