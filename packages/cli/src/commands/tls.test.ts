import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnProcess, startTlsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";

const CAUSEWAY = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Runs commands in a folder, one after the other, and gives how each ended. */
async function runIn(folder: string, ...lines: readonly string[]) {
  const ended: { readonly code: number | null; readonly lines: readonly string[] }[] = [];
  for (const line of lines) {
    await using running = await spawnProcess(process.execPath, [CAUSEWAY, ...line.split(" ")], { cwd: folder });
    const { code } = await running.exited;
    ended.push({ code, lines: running.lines.map(({ text }) => text) });
  }
  return ended;
}

test("makes an authority and certificates that an HTTPS agent and this command can use with each other", async () => {
  await using files = await temporaryDirectory();
  const ended = await runIn(
    files.path,
    "tls ca create",
    "tls cert create -server -node=a1 -dc=east",
    "tls cert create -cli",
    "tls cert create -cli",
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(ended[0]?.lines).toEqual(["==> Saved consul-agent-ca.pem", "==> Saved consul-agent-ca-key.pem"]);
  expect(ended[1]?.lines[0]).toMatch(/^==> WARNING: /);
  expect(ended[1]?.lines.slice(-3)).toEqual([
    "==> Using consul-agent-ca.pem and consul-agent-ca-key.pem",
    "==> Saved east-server-consul-0.pem",
    "==> Saved east-server-consul-0-key.pem",
  ]);
  expect(ended[3]?.lines.at(-1)).toBe("==> Saved dc1-cli-consul-1-key.pem");

  const path = (name: string) => join(files.path, name);
  const read = (name: string) => readFile(path(name), "utf8");
  const ca = await read("consul-agent-ca.pem");
  await using agent = await startTlsServer({
    cert: await read("east-server-consul-0.pem"),
    key: await read("east-server-consul-0-key.pem"),
    clientCa: ca,
    requireClientCertificate: true,
  });
  const [asked] = await runIn(
    files.path,
    `catalog datacenters -http-addr=https://127.0.0.1:${agent.port} -ca-file=consul-agent-ca.pem -client-cert=dc1-cli-consul-0.pem -client-key=dc1-cli-consul-0-key.pem -tls-server-name=a1.server.east.consul`,
  );
  // The stand-in answers with what it saw, which is no list of datacenters.
  expect(asked?.lines.join("\n")).not.toContain("no agent answers");
  expect(agent.requests).toMatchObject([{ clientCommonName: "cli.dc1.consul", path: "/v1/catalog/datacenters" }]);
});

test("files are for their owner only, and none is overwritten", async () => {
  await using files = await temporaryDirectory();
  await files.write("consul-agent-ca-key.pem", "precious");
  const [refused, made] = await runIn(
    files.path,
    "tls ca create",
    "tls ca create -domain=mesh -days=10 -name-constraint",
  );
  expect(refused).toEqual({ code: 1, lines: ["consul-agent-ca-key.pem already exists."] });
  expect(made?.code).toBe(0);
  expect(await readFile(join(files.path, "consul-agent-ca-key.pem"), "utf8")).toBe("precious");
  const file = join(files.path, "mesh-agent-ca.pem");
  for (const each of [file, join(files.path, "mesh-agent-ca-key.pem")])
    expect((await stat(each)).mode & 0o777).toBe(0o600);
  const { subject, validToDate } = new X509Certificate(await readFile(file));
  expect(subject).toMatch(/^CN=Consul Agent CA \d+$/);
  expect(Math.round((validToDate.getTime() - Date.now()) / 86_400_000)).toBe(10);
});

test("what cannot be done is told with what to do", async () => {
  await using files = await temporaryDirectory();
  await files.write("bad-agent-ca.pem", "no certificate");
  await files.write("bad-agent-ca-key.pem", "no key");
  const ended = await runIn(
    files.path,
    "tls cert create -client",
    "tls cert create",
    "tls cert create -client -domain=bad",
    "tls ca create -days=0",
  );
  expect(ended.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
  expect(ended.map(({ lines }) => lines.at(-1))).toEqual([
    expect.stringMatching(/^Error reading CA: .*consul-agent-ca\.pem.*causeway tls ca create/),
    "Please provide either -server, -client, or -cli",
    "private key cannot be read: not a private key in PEM, or encrypted",
    '-days must be from 1 to 36500, not "0"',
  ]);
});
