import { startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { openTls, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import { directListener, endpointAt, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

/** Has Node claim, until it is disposed of, to be built with an OpenSSL that is not the one that a trial finds. */
function anotherOpenSsl(): Disposable {
  const own = Object.getOwnPropertyDescriptor(process.versions, "openssl") ?? {};
  Object.defineProperty(process.versions, "openssl", { ...own, value: "1.0.2" });
  return { [Symbol.dispose]: () => Object.defineProperty(process.versions, "openssl", own) };
}

const REASON = /^the OpenSSL that was found is \d+\.\d+\.\d+, and Node's own is 1\.0\.2$/;

function tableTo(port: number) {
  const authorization = { destination: "db", intentions: [], defaultAction: "allow" } as const;
  const taking = routeTo([endpointAt(port)], { inbound: { kind: "mtls", leaf: "db", authorization } });
  const proof = { serverName: serverNameOf("db"), spiffeIds: [spiffeIdOf("db")] };
  const dialling = routeTo([endpointAt(port)], { outbound: { kind: "mesh", leaf: "db", ...proof } });
  const passing = routeTo([endpointAt(port)]);
  return tableOf(
    directListener(taking, "taking"),
    directListener(dialling, "dialling"),
    directListener(passing, "passing"),
  );
}

test("where TLS cannot be spoken natively the log says why once, and Node's sockets speak it", async () => {
  using _ = anotherOpenSsl();
  const mesh = await TestMesh.create();
  await mesh.give("db");
  await using echo = await startTcpEcho();
  await using under = await startTestProxy(tableTo(echo.port), { engine: "auto", identities: mesh });
  await under.proxy.swap(tableTo(echo.port));
  expect(under.proxy.boundEngine("taking")).toBe("stream");
  expect(under.proxy.boundEngine("dialling")).toBe("stream");
  expect(under.proxy.boundEngine("passing")).toBe("splice");
  expect(under.lines.filter(({ fields }) => "engine" in fields)).toEqual([
    {
      level: "info",
      message: "the worker cannot speak TLS here",
      fields: { engine: "stream", reason: expect.stringMatching(REASON) },
    },
  ]);
  const client = openTls(
    under.port("taking"),
    mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") }),
  );
  expect(await client.ask("hello")).toBe("hello");
});

test("where it was asked for, what cannot be had is refused with the reason", async () => {
  using _ = anotherOpenSsl();
  const mesh = await TestMesh.create();
  await mesh.give("db");
  const started = startTestProxy(tableTo(1), { engine: "splice", identities: mesh });
  await expect(started).rejects.toThrow(/^the engine "splice" cannot speak TLS here: the OpenSSL that was found is/);
});
