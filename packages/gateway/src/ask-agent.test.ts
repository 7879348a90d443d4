import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createTestCa, issueCertificate, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { putToAgent } from "./ask-agent.ts";

/** Tells what it is asked; ended with `await using`. */
async function standIn(server: Server, at: number | string): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(at);
  await once(server, "listening");
  const address = server.address() as AddressInfo | string;
  return {
    port: typeof address === "string" ? 0 : address.port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const tell: RequestListener = async (request, response) => {
  const body = await text(request);
  response.writeHead(body === "" ? 404 : 200);
  response.end(`${request.method} ${request.url} ${request.headers["x-consul-token"] ?? "nobody"} ${body}\n`);
};

const WITHIN = { timeoutMs: 10_000 };

test("an agent is asked by TCP, with the token and a body in JSON", async () => {
  await using agent = await standIn(createServer(tell), 0);
  const url = `http://localhost:${agent.port}`;
  const asked = await putToAgent(url, { aclToken: "secret" }, "/v1/a%3Ab", { ...WITHIN, body: { TTL: "1h" } });
  expect(asked).toEqual({ status: 200, text: 'PUT /v1/a%3Ab secret {"TTL":"1h"}' });
  expect(await putToAgent(url, {}, "/v1/x", WITHIN)).toEqual({ status: 404, text: "PUT /v1/x nobody" });
});

test("an agent is asked by its socket", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "agent.sock");
  await using _ = await standIn(createServer(tell), path);
  expect(await putToAgent(`unix://${path}`, {}, "/v1/x", WITHIN)).toMatchObject({ text: "PUT /v1/x nobody" });
});

test("an agent on https is asked only if its certificate is of the CA and for the name that were told", async () => {
  await using folder = await temporaryDirectory();
  const ca = await createTestCa();
  const { cert, key } = await issueCertificate({ ca, commonName: "agent", dnsNames: ["agent.example.com"] });
  await using agent = await standIn(createTlsServer({ cert, key }, tell), 0);
  const url = `https://127.0.0.1:${agent.port}`;
  const agentCaFile = await folder.write("ca.pem", ca.cert);
  const access = { agentCaFile, agentServerName: "agent.example.com" };
  expect(await putToAgent(url, access, "/v1/x", WITHIN)).toMatchObject({ text: "PUT /v1/x nobody" });
  await expect(putToAgent(url, { agentCaFile }, "/v1/x", WITHIN)).rejects.toThrow(/ALTNAME|does not match/);
  await expect(putToAgent(url, { agentServerName: "agent.example.com" }, "/v1/x", WITHIN)).rejects.toThrow(
    /certificate/,
  );
});

test("an agent that does not answer is not waited for", async () => {
  await using agent = await standIn(
    createServer(() => {}),
    0,
  );
  await expect(putToAgent(`http://localhost:${agent.port}`, {}, "/v1/x", { timeoutMs: 50 })).rejects.toThrow();
});
