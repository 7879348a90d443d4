import { lstat, writeFile } from "node:fs/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { type RequestOptions, request as tlsRequest } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  createTestCa,
  issueCertificate,
  type KeyedCertificate,
  spawnProcess,
  temporaryDirectory,
} from "@causeway/testkit";
import { expect, test } from "vitest";
import type { Bind } from "./bind.ts";
import { Listeners } from "./listeners.ts";
import { readTlsFiles, type TlsConfig } from "./tls-files.ts";

const LOCALHOST = { ipAddresses: ["127.0.0.1"] };
const SECURE: Bind = { kind: "tcp", secure: true, host: "127.0.0.1", port: 0 };

const LISTEN = 'require("net").createServer().listen(process.argv[1], () => console.log("listening"))';

/** A client of TLS 1.3 is done with its handshake before it is refused: it may read the reason, or find the connection gone. */
const TURNED_AWAY = { code: expect.stringMatching(/^(ECONNRESET|EPIPE|ERR_SSL_.*)$/) };

/** Listens on `binds` with an answer that names the path asked for; closed when the test ends. */
async function listening(binds: readonly Bind[], tls: TlsConfig = { tlsVerifyIncoming: false }, socketMode?: string) {
  const listeners = await Listeners.open({
    binds,
    serve: (request, response) => void response.end(`asked ${request.url}`),
    readTls: () => readTlsFiles(tls),
    socketMode,
  });
  return { listeners, addresses: listeners.addresses, [Symbol.asyncDispose]: () => listeners.close() };
}

function answered(send: (done: (response: IncomingMessage) => void) => ReturnType<typeof plainRequest>) {
  return new Promise<string>((resolve, reject) => {
    send((response) => void text(response).then(resolve, reject))
      .on("error", reject)
      .end();
  });
}

const ask = (url: string, options: RequestOptions) =>
  answered((done) => tlsRequest(`${url}/v1`, { agent: false, ...options }, done));

async function tlsFolder(folder: string, ca: KeyedCertificate): Promise<TlsConfig> {
  const own = await issueCertificate({ ca, commonName: "agent", ...LOCALHOST });
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  return {
    tlsCertFile: await file("cert.pem", own.cert),
    tlsKeyFile: await file("key.pem", own.key),
    tlsCaFile: await file("ca.pem", ca.cert),
    tlsVerifyIncoming: true,
  };
}

test("a socket in the file system answers, has its mode, and takes the place of one that was left behind", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "agent.sock");
  const socket: Bind = { kind: "socket", secure: false, path };
  // Node takes the file away with its own socket, so that one of a process that was killed must be made by one.
  await using killed = await spawnProcess(process.execPath, ["-e", LISTEN, path], {
    readyWhen: (line) => line === "listening",
  });
  await killed.kill9();
  expect((await lstat(path)).isSocket()).toBe(true);

  await using running = await listening([socket], undefined, "0600");
  expect((await lstat(path)).mode & 0o777).toBe(0o600);
  expect(running.addresses).toEqual([`unix://${path}`]);
  expect(await answered((done) => plainRequest({ socketPath: path, path: "/v1", agent: false }, done))).toBe(
    "asked /v1",
  );
});

test("HTTPS lets in clients with a certificate of the CA, and no others", async () => {
  await using directory = await temporaryDirectory();
  const ca = await createTestCa();
  await using running = await listening([SECURE], await tlsFolder(directory.path, ca));
  const [url = ""] = running.addresses;
  const client = await issueCertificate({ ca, commonName: "client" });
  const stranger = await issueCertificate({ ca: await createTestCa(), commonName: "stranger" });
  expect(await ask(url, { ca: ca.cert, ...client })).toBe("asked /v1");
  await expect(ask(url, { ca: ca.cert })).rejects.toMatchObject(TURNED_AWAY);
  await expect(ask(url, { ca: ca.cert, ...stranger })).rejects.toMatchObject(TURNED_AWAY);
});

test("HTTPS without a check of clients takes everyone, and shows another certificate once the files were read again", async () => {
  await using directory = await temporaryDirectory();
  const first = await createTestCa();
  const tls = await tlsFolder(directory.path, first);
  await using running = await listening([SECURE], { ...tls, tlsVerifyIncoming: false });
  const [url = ""] = running.addresses;
  expect(await ask(url, { ca: first.cert })).toBe("asked /v1");

  const second = await createTestCa();
  await tlsFolder(directory.path, second);
  await running.listeners.reload();
  expect(await ask(url, { ca: second.cert })).toBe("asked /v1");
  await expect(ask(url, { ca: first.cert })).rejects.toMatchObject({ code: expect.stringMatching(/CERT|VERIFY/) });
});

test.each([
  ["no certificate", { tlsVerifyIncoming: false }, "set CAUSEWAY_TLS_CERT_FILE and CAUSEWAY_TLS_KEY_FILE"],
  [
    "a file that is not there",
    { tlsCertFile: "/nowhere", tlsKeyFile: "/nowhere", tlsVerifyIncoming: false },
    "cannot read /nowhere: ENOENT",
  ],
])("HTTPS with %s is refused", async (_, tls, problem) => {
  await expect(listening([SECURE], tls)).rejects.toThrow(problem);
});

test("a port that is taken is an error, and what was opened before it is closed again", async () => {
  await using running = await listening([{ kind: "tcp", secure: false, host: "127.0.0.1", port: 0 }]);
  const port = Number(new URL(running.addresses[0] ?? "").port);
  const taken: Bind = { kind: "tcp", secure: false, host: "127.0.0.1", port };
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "a.sock");
  await expect(listening([{ kind: "socket", secure: false, path }, taken])).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
  await expect(answered((done) => plainRequest({ socketPath: path, agent: false }, done))).rejects.toThrow(
    /ENOENT|ECONNREFUSED/,
  );
});
