import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { decodeErrorAlert, internalErrorAlert, unrecognizedNameAlert } from "./alerts.ts";

const cases = [
  { name: "unrecognized name", alert: unrecognizedNameAlert(), code: /UNRECOGNIZED_NAME/ },
  { name: "internal error", alert: internalErrorAlert(), code: /INTERNAL_ERROR/ },
  { name: "decode error", alert: decodeErrorAlert(), code: /DECODE_ERROR/ },
];

for (const { name, alert, code } of cases) {
  test(`a TLS client understands the alert: ${name}`, async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(alert));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect({
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      servername: "a.example",
    });
    const [error] = (await once(client, "error").catch((failure: Error) => [failure])) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(code);
    assert.equal(client.authorized, false);
    server.close();
  });
}
