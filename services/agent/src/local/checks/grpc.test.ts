import { once } from "node:events";
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { createTestCa, issueCertificate } from "@causeway/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { checkGrpc } from "./grpc.ts";
import { HEALTH_PATH, healthQuestion } from "./grpc-health.ts";

let server: Http2Server | undefined;
afterEach(async () => {
  server?.close();
});

const SERVING = Buffer.from("00000000020801", "hex");
const NOT_SERVING = Buffer.from("00000000020802", "hex");

/** A server of which "web" is up, "down" is not, and "silent" never answers. */
function answer(stream: ServerHttp2Stream, headers: Record<string, unknown>): void {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("end", () => {
    const asked = Buffer.concat(parts);
    if (headers[":path"] !== HEALTH_PATH) return stream.respond({ ":status": 404 }, { endStream: true });
    if (asked.equals(healthQuestion("silent"))) return;
    if (asked.equals(healthQuestion("nobody"))) {
      const refusal = { ":status": 200, "grpc-status": "5", "grpc-message": "unknown%20service" };
      return stream.respond(refusal, { endStream: true });
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(asked.equals(healthQuestion("down")) ? NOT_SERVING : SERVING);
  });
}

async function listen(started: Http2Server): Promise<string> {
  server = started;
  started.on("stream", answer);
  started.listen(0, "127.0.0.1");
  await once(started, "listening");
  return `127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const method = { kind: "grpc", useTls: false, skipVerify: false, intervalMs: 1_000, timeoutMs: 60_000 } as const;

describe("a gRPC server", () => {
  test.each([
    ["", "passing", /^gRPC check 127\.0\.0\.1:\d+: success$/],
    ["/web", "passing", /^gRPC check 127\.0\.0\.1:\d+\/web: success$/],
    ["/down", "critical", /^gRPC application didn't report service healthy$/],
    ["/nobody", "critical", /^rpc error: code = NotFound desc = unknown service$/],
  ])("asked after %j is %s", async (service, status, output) => {
    const address = await listen(createServer());
    expect(await checkGrpc({ ...method, target: `${address}${service}` })).toEqual({
      status,
      output: expect.stringMatching(output),
    });
  });

  test("that does not answer in time is critical", async () => {
    const address = await listen(createServer());
    const { status, output } = await checkGrpc({ ...method, target: `${address}/silent`, timeoutMs: 100 });
    expect(status).toBe("critical");
    expect(output).toBe("rpc error: code = DeadlineExceeded desc = context deadline exceeded");
  });

  test("that is not there is critical", async () => {
    const { status, output } = await checkGrpc({ ...method, target: "127.0.0.1:1" });
    expect(status).toBe("critical");
    expect(output).toMatch(/^rpc error: code = Unavailable desc = connection error: .*ECONNREFUSED/);
  });

  test("behind TLS is believed when its certificate is, or when that is not to be looked at", async () => {
    const { cert, key } = await issueCertificate({ ca: await createTestCa(), commonName: "elsewhere.example" });
    const target = await listen(createSecureServer({ cert, key }));
    expect((await checkGrpc({ ...method, target, useTls: true })).status).toBe("critical");
    expect((await checkGrpc({ ...method, target, useTls: true, skipVerify: true })).status).toBe("passing");
  });
});
