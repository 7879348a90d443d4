import { expect, test } from "vitest";
import { captureClientHello } from "./client-hello.ts";

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;

test("the hello is one whole TLS record that names the server", async () => {
  const hello = await captureClientHello("web.default.dc1.internal.acme.consul");
  expect(hello[0]).toBe(HANDSHAKE_RECORD);
  expect(hello[RECORD_HEADER_BYTES]).toBe(CLIENT_HELLO);
  expect(hello.length).toBe(RECORD_HEADER_BYTES + hello.readUInt16BE(3));
  expect(hello.includes("web.default.dc1.internal.acme.consul")).toBe(true);
});

test("without a server name the extension is left out", async () => {
  const named = await captureClientHello("a.test", { maxVersion: "TLSv1.2" });
  const nameless = await captureClientHello(undefined, { maxVersion: "TLSv1.2" });
  // Type, length, list length, name type, name length (2+2+2+1+2) and the name itself.
  expect(named.length - nameless.length).toBe(9 + "a.test".length);
});

test("application protocols are offered as asked", async () => {
  const hello = await captureClientHello("a.test", { ALPNProtocols: ["h2", "http/1.1"] });
  expect(hello.includes("\u0002h2\u0008http/1.1")).toBe(true);
});
