import { copyFile, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:tls";
import type { Outbound } from "@causeway/routes";
import {
  createTestCa,
  eventually,
  issueCertificate,
  type KeyedCertificate,
  type ListeningServer,
  listen,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ProxyOptions } from "../src/index.ts";
import { openTcp } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

let ca: KeyedCertificate;
let otherCa: KeyedCertificate;
let first: KeyedCertificate;
let second: KeyedCertificate;
let directory: TemporaryDirectory;
let server: ListeningServer;

beforeAll(async () => {
  ca = await createTestCa();
  otherCa = await createTestCa();
  first = await issueCertificate({ ca, commonName: "first" });
  second = await issueCertificate({ ca, commonName: "second" });
});
beforeEach(async () => {
  directory = await temporaryDirectory();
  const certificate = await issueCertificate({ ca, commonName: "external", dnsNames: ["api.example"] });
  // It says who its client is.
  server = await listen(
    createTlsServer({ ...certificate, ca: ca.cert, requestCert: true, rejectUnauthorized: false }, (socket) => {
      socket.on("error", () => {});
      socket.end(String(socket.getPeerCertificate().subject?.CN ?? "nobody"));
    }),
  );
});
afterEach(async () => {
  await server.stop();
  await directory[Symbol.asyncDispose]();
});

const at = (name: string) => `${directory.path}/${name}`;

function files(prefix = ""): Outbound {
  return {
    kind: "mtls",
    caFile: at(`${prefix}ca.pem`),
    certFile: at(`${prefix}client.pem`),
    keyFile: at(`${prefix}client.key`),
    serverName: "api.example",
  };
}

async function write(name: string, contents: string): Promise<void> {
  await writeFile(at(name), contents);
}

async function writeClient({ cert, key }: KeyedCertificate, prefix = ""): Promise<void> {
  await write(`${prefix}client.pem`, cert);
  await write(`${prefix}client.key`, key);
}

function start(outbound = files(), options: Partial<ProxyOptions> = {}): Promise<ProxyUnderTest> {
  return startTestProxy(tableOf(directListener(routeTo([endpointAt(server.port)], { outbound }))), options);
}

async function whoAmI(under: ProxyUnderTest, listener?: string): Promise<string> {
  return (await openTcp(under.port(listener))).ask("");
}

onEachEngine(() => {
  describe("a renewed client certificate is used without a restart", () => {
    beforeEach(async () => {
      await write("ca.pem", ca.cert);
      await writeClient(first);
    });

    test("when the files are written in place", async () => {
      await using under = await start();
      expect(await whoAmI(under)).toBe("first");
      await writeClient(second);
      await eventually(async () => expect(await whoAmI(under)).toBe("second"));
      expect(under.proxy.fileErrors()).toEqual([]);
    });

    test("when the files are moved into place", async () => {
      await using under = await start();
      expect(await whoAmI(under)).toBe("first");
      await writeClient(second, "new-");
      await rename(at("new-client.key"), at("client.key"));
      await rename(at("new-client.pem"), at("client.pem"));
      await eventually(async () => expect(await whoAmI(under)).toBe("second"));
    });

    test("when a symbolic link above them is moved, as Kubernetes does", async () => {
      for (const [name, certificate] of [
        ["v1", first],
        ["v2", second],
      ] as const) {
        await mkdir(at(name));
        await copyFile(at("ca.pem"), at(`${name}/ca.pem`));
        await writeClient(certificate, `${name}/`);
      }
      await mkdir(at("mount"));
      await symlink(at("v1"), at("mount/..data"));
      for (const name of ["ca.pem", "client.pem", "client.key"]) await symlink(`..data/${name}`, at(`mount/${name}`));
      await using under = await start(files("mount/"));
      expect(await whoAmI(under)).toBe("first");
      await symlink(at("v2"), at("mount/..data_tmp"));
      await rename(at("mount/..data_tmp"), at("mount/..data"));
      await eventually(async () => expect(await whoAmI(under)).toBe("second"));
    });

    test("when no change is announced, by looking now and then", async () => {
      await mkdir(at("elsewhere"));
      await writeClient(first, "elsewhere/");
      await rm(at("client.pem"));
      await rm(at("client.key"));
      await symlink(at("elsewhere/client.pem"), at("client.pem"));
      await symlink(at("elsewhere/client.key"), at("client.key"));
      await using under = await start(files(), { limits: { pollFilesEveryMs: 20 } });
      expect(await whoAmI(under)).toBe("first");
      await writeClient(second, "elsewhere/");
      await eventually(async () => expect(await whoAmI(under)).toBe("second"));
    });
  });

  describe("files that cannot be used", () => {
    const faults = [
      {
        name: "a file that is gone",
        spoil: () => rm(at("client.pem")),
        reason: /client\.pem does not exist \(ENOENT\)/,
      },
      {
        name: "a key of another certificate",
        spoil: () => write("client.key", second.key),
        reason: /client\.key is not the private key of .*client\.pem/,
      },
      {
        name: "a file without a certificate",
        spoil: () => write("ca.pem", "not a certificate"),
        reason: /ca\.pem holds no certificate in PEM/,
      },
      {
        name: "a certificate that is broken",
        spoil: () => write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        reason: /certificate 1 in .*ca\.pem cannot be read/,
      },
      { name: "a key that is none", spoil: () => write("client.key", "garbage"), reason: /client\.key/ },
      {
        name: "a directory",
        spoil: async () => {
          await rm(at("ca.pem"));
          await mkdir(at("ca.pem"));
        },
        reason: /ca\.pem is a directory \(EISDIR\)/,
      },
    ];
    for (const { name, spoil, reason } of faults) {
      test(`${name}: the last good ones stay in use and the error is shown, until they are good again`, async () => {
        await write("ca.pem", ca.cert);
        await writeClient(first);
        await using under = await start();
        await spoil();
        await eventually(() =>
          expect(under.proxy.fileErrors()).toMatchObject([
            { reason: expect.stringMatching(reason), usingLastGood: true },
          ]),
        );
        // What was there for a moment, while the file was being spoiled, may have been told as well.
        const told = under.lines.filter(({ message }) => message === "TLS files cannot be used");
        expect(told.filter(({ fields }) => reason.test(String(fields["reason"]))).length).toBe(1);
        expect(await whoAmI(under)).toBe("first");

        await rm(at("ca.pem"), { recursive: true });
        await write("ca.pem", ca.cert);
        await writeClient(second);
        // Once the CA is good, the first ones are good again for a moment.
        await eventually(async () => expect(await whoAmI(under)).toBe("second"));
        expect(under.proxy.fileErrors()).toEqual([]);
      });
    }

    test("from the first on refuse with the reason, harm no other service, and are taken up when they come", async () => {
      await write("good-ca.pem", ca.cert);
      await writeClient(first, "good-");
      const listener = (name: string, outbound: Outbound) =>
        directListener(routeTo([endpointAt(server.port)], { name, outbound }), name);
      await using under = await startTestProxy(
        tableOf(listener("bad", files("late/")), listener("good", files("good-"))),
        {
          limits: { pollFilesEveryMs: 20 },
        },
      );
      await (await openTcp(under.port("bad"))).ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "TLS_FILES_UNUSABLE",
        reason: expect.stringMatching(/late\/.* does not exist \(ENOENT\)/),
        blame: "gateway",
      });
      expect(under.proxy.fileErrors()).toMatchObject([{ usingLastGood: false }]);
      expect(await whoAmI(under, "good")).toBe("first");

      await mkdir(at("late"));
      await write("late/ca.pem", ca.cert);
      await writeClient(second, "late/");
      await eventually(async () => expect(await whoAmI(under, "bad")).toBe("second"));
    });
  });

  test("a CA file that is changed for another is believed from then on", async () => {
    await write("ca.pem", otherCa.cert);
    await using under = await start({ kind: "tls", caFile: at("ca.pem") });
    await (await openTcp(under.port())).ended;
    expect(await under.nextRecord()).toMatchObject({
      outcome: "UPSTREAM_TLS_FAILED",
      reason: expect.stringMatching(/unknown CA/),
    });
    await write("ca.pem", `${otherCa.cert}\n${ca.cert}\n`);
    await eventually(async () => expect(await whoAmI(under)).toBe("nobody"));
  });

  test("files that no route needs any more are not watched", async () => {
    await write("ca.pem", "garbage");
    await using under = await start();
    expect(under.proxy.fileErrors().length).toBe(1);
    await under.proxy.swap(tableOf());
    expect(under.proxy.fileErrors()).toEqual([]);
  });
});
