import { once } from "node:events";
import { access } from "node:fs/promises";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { findNatsServer, startNatsServer, temporaryDirectory } from "../src/index.ts";

type Client = AsyncDisposable & { ask(line: string): Promise<string> };

/** Speaks just enough of the NATS protocol to see what the server has; @see https://docs.nats.io/reference/reference-protocols/nats-protocol */
async function dial(port: number): Promise<Client & { readonly info: Record<string, unknown> }> {
  const socket = connect({ host: "127.0.0.1", port }).on("error", () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const greeting = await next();
  socket.write('CONNECT {"verbose":false}\r\nSUB answer 1\r\n');
  return {
    info: JSON.parse(greeting.slice("INFO ".length)),
    async ask(request) {
      socket.write(request);
      let line = await next();
      while (!line.startsWith("{")) line = await next();
      return line;
    },
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return;
      socket.destroy();
      await once(socket, "close");
    },
  };
}

function request(subject: string, body: unknown): string {
  const payload = body === undefined ? "" : JSON.stringify(body);
  return `PUB ${subject} answer ${payload.length}\r\n${payload}\r\n`;
}

test("a server with JetStream takes connections on the port that it names", async () => {
  await using nats = await startNatsServer();
  await using client = await dial(nats.port);
  expect(nats.url).toBe(`nats://127.0.0.1:${nats.port}`);
  expect(client.info).toMatchObject({ jetstream: true, port: nats.port });
});

test("what was acknowledged survives kill -9, on the same port", async () => {
  await using nats = await startNatsServer();
  {
    await using client = await dial(nats.port);
    await client.ask(request("$JS.API.STREAM.CREATE.notes", { name: "notes", subjects: ["notes"], storage: "file" }));
    expect(JSON.parse(await client.ask(request("notes", "kept")))).toMatchObject({ stream: "notes", seq: 1 });
  }
  const { port, pid } = nats;
  expect(await nats.kill()).toEqual({ code: null, signal: "SIGKILL" });
  await nats.restart();
  expect(nats.port).toBe(port);
  expect(nats.pid).not.toBe(pid);
  await using client = await dial(port);
  expect(JSON.parse(await client.ask(request("$JS.API.STREAM.INFO.notes", undefined)))).toMatchObject({
    state: { messages: 1 },
  });
});

test("a store that was asked for is kept, and serves another server", async () => {
  await using directory = await temporaryDirectory();
  const storeDir = `${directory.path}/store`;
  {
    await using nats = await startNatsServer({ storeDir });
    await using client = await dial(nats.port);
    await client.ask(request("$JS.API.STREAM.CREATE.notes", { name: "notes", subjects: ["notes"], storage: "file" }));
  }
  await access(storeDir);
  await using nats = await startNatsServer({ storeDir });
  await using client = await dial(nats.port);
  const names = JSON.parse(await client.ask(request("$JS.API.STREAM.NAMES", undefined)));
  expect(names.streams).toEqual(["notes"]);
});

test("further configuration and the log can be had", async () => {
  const log: string[] = [];
  await using nats = await startNatsServer({
    config: "server_name: dc1-nats\n",
    binary: findNatsServer(),
    onLine: ({ text }) => log.push(text),
  });
  await using client = await dial(nats.port);
  expect(client.info["server_name"]).toBe("dc1-nats");
  expect(log.join("\n")).toContain("dc1-nats");
});

test("a port that is taken is a failure that says so", async () => {
  await using nats = await startNatsServer();
  await expect(startNatsServer({ port: nats.port })).rejects.toMatchObject({
    failure: { code: "EXITED_EARLY", output: expect.stringContaining("address already in use") },
  });
});
