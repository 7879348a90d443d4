import { once } from "node:events";
import { createSecureServer, createServer } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { createTestCa, issueCertificate } from "@causeway/testkit";
import { expect, test } from "vitest";
import { checkH2Ping } from "./h2-ping.ts";

const method = { kind: "h2ping", skipVerify: false, useTls: false, intervalMs: 1_000, timeoutMs: 60_000 } as const;

async function ping(server: Server, more: Partial<Parameters<typeof checkH2Ping>[0]> = {}) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await checkH2Ping({ ...method, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, ...more });
  } finally {
    server.close();
  }
}

test("a server that answers a ping is passing", async () => {
  expect(await ping(createServer())).toEqual({ status: "passing", output: "HTTP2 ping was successful" });
});

test("a certificate of nobody known is for a check that was told not to look", async () => {
  const { cert, key } = await issueCertificate({ ca: await createTestCa(), commonName: "elsewhere.example" });
  expect(await ping(createSecureServer({ key, cert }), { useTls: true })).toMatchObject({ status: "critical" });
  expect(await ping(createSecureServer({ key, cert }), { useTls: true, skipVerify: true })).toMatchObject({
    status: "passing",
  });
});

test("a server of something else is critical", async () => {
  const { status, output } = await ping(createTcpServer((socket) => socket.end("220 mail.example\r\n")));
  expect(status).toBe("critical");
  expect(output).toMatch(/^HTTP2 ping failed\. \w/);
});

test("silence is critical", async () => {
  const silent = createTcpServer((socket) => socket.on("error", () => undefined).resume());
  expect(await ping(silent, { timeoutMs: 50 })).toEqual({
    status: "critical",
    output: "HTTP2 ping failed. context deadline exceeded",
  });
});
