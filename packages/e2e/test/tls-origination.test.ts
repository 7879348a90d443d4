import { rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import {
  type CertificateRequest,
  createTestCa,
  eventually,
  issueCertificate,
  type KeyedCertificate,
  startTlsServer,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { call, IN_DATACENTER_MS, startHttpServer } from "../src/index.ts";
import { callSoon, shared } from "./support.ts";

const HOUR_MS = 3_600_000;

const UPSTREAMS = [
  "one-way",
  "mutual",
  "no-sni",
  "wrong-name",
  "expired",
  "unknown-ca",
  "without-client",
  "refused-client",
  "ca-in-place",
  "ca-by-symlink",
  "client-certificate",
  "broken",
  "plain",
] as const;
type Upstream = (typeof UPSTREAMS)[number];

/** A gateway, a sidecar that calls every service below through it, and the CA of the services outside. */
const facts = shared(async (mesh, resources) => {
  const files = resources.use(await temporaryDirectory());
  const ca = await createTestCa({ commonName: "Outside CA" });
  const caFile = await files.write("ca.pem", ca.cert);
  const gateway = resources.use(await mesh.startTerminatingGateway("tls-gateway"));
  const web = resources.use(await mesh.startSidecar("web", { upstreams: UPSTREAMS }));
  return { files, ca, caFile, gateway, web };
});

type ServerOptions = Partial<Omit<CertificateRequest, "ca">> & {
  readonly ca?: KeyedCertificate;
  readonly clientCa?: string;
};

/** Starts an HTTPS service outside the mesh that is called by `service` and by `<service>.example`, and registers it. */
async function startOutside(service: Upstream, { ca = facts().ca, clientCa, ...request }: ServerOptions = {}) {
  const certificate = await issueCertificate({ ca, commonName: service, dnsNames: [`${service}.example`], ...request });
  const client = clientCa === undefined ? {} : { clientCa, requireClientCertificate: true };
  const server = await startTlsServer({ ...certificate, ...client, name: service });
  await facts().mesh.agent.registerExternal({ service, port: server.port });
  return server;
}

const callUpstream = (service: Upstream) => call(facts().web.upstream(service));
const callUpstreamSoon = (service: Upstream) => callSoon(facts().web.upstream(service));

/** Calls until the gateway tells why the service's TLS was not accepted. */
async function refusalOf(service: Upstream) {
  const { admin } = facts().gateway;
  return eventually(
    async () => {
      await expect(callUpstream(service)).rejects.toThrow();
      const refusals = await admin.refusals();
      const found = refusals.find(({ destination, outcome }) => destination === service && outcome !== "NO_ROUTE");
      if (found === undefined)
        throw new Error(`no refusal of ${service} among ${JSON.stringify(refusals.slice(0, 3))}`);
      return found;
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
}

/** Writes a client certificate of `ca` and its key beside each other. */
async function writeClient(files: TemporaryDirectory, name: string, ca: KeyedCertificate, commonName: string) {
  const client = await issueCertificate({ ca, commonName });
  const CertFile = await files.write(`${name}.pem`, client.cert);
  const KeyFile = await files.write(`${name}-key.pem`, client.key);
  return { CertFile, KeyFile };
}

describe("what is originated", () => {
  test("nothing is encrypted to a service without a CAFile", async () => {
    const { gateway, web, mesh } = facts();
    await using server = await startHttpServer("plain");
    await mesh.agent.registerExternal({ service: "plain", port: server.port });
    await gateway.link({ Name: "plain", SNI: "plain.example" });
    expect(await callSoon(web.upstream("plain"))).toMatchObject({ path: "/", tlsVersion: null });
  });

  test("a CAFile alone means one-way TLS, and plain HTTP is upgraded to it", async () => {
    const { gateway, caFile } = facts();
    await using _server = await startOutside("one-way");
    await gateway.link({ Name: "one-way", CAFile: caFile, SNI: "one-way.example" });
    expect(await callUpstreamSoon("one-way")).toMatchObject({
      server: "one-way",
      serverName: "one-way.example",
      clientCommonName: null,
      tlsVersion: "TLSv1.3",
    });
  });

  test("CertFile and KeyFile are shown to a service that asks for a client certificate", async () => {
    const { gateway, files, ca, caFile } = facts();
    const clientCa = await createTestCa({ commonName: "Client CA" });
    await using _server = await startOutside("mutual", { clientCa: clientCa.cert, ca });
    const client = await writeClient(files, "mutual", clientCa, "the gateway");
    await gateway.link({ Name: "mutual", CAFile: caFile, SNI: "mutual.example", ...client });
    expect(await callUpstreamSoon("mutual")).toMatchObject({ clientCommonName: "the gateway", clientAuthorized: true });
  });

  test("without an SNI none is sent, and no name is checked", async () => {
    const { gateway, caFile } = facts();
    await using _server = await startOutside("no-sni", { dnsNames: ["somebody-else.example"] });
    await gateway.link({ Name: "no-sni", CAFile: caFile });
    expect(await callUpstreamSoon("no-sni")).toMatchObject({ serverName: null });
  });
});

describe("what is refused, and why", () => {
  test("a certificate of another name", async () => {
    const { gateway, caFile } = facts();
    await using server = await startOutside("wrong-name", { dnsNames: ["other.example"] });
    await gateway.link({ Name: "wrong-name", CAFile: caFile, SNI: "wrong-name.example" });
    expect(await refusalOf("wrong-name")).toMatchObject({
      outcome: "UPSTREAM_TLS_FAILED",
      blame: "upstream",
      source: "web",
      reason: expect.stringMatching(/carries .*other\.example; none is wrong-name\.example/),
    });
    expect(server.requests).toEqual([]);
  });

  test("an expired certificate", async () => {
    const { gateway, caFile } = facts();
    const notAfter = new Date(Date.now() - HOUR_MS);
    await using server = await startOutside("expired", { notBefore: new Date(Date.now() - 2 * HOUR_MS), notAfter });
    await gateway.link({ Name: "expired", CAFile: caFile, SNI: "expired.example" });
    const { reason } = await refusalOf("expired");
    expect(reason).toMatch(/the certificate CN=expired expired at \d{4}-/);
    expect(server.requests).toEqual([]);
  });

  test("a certificate of a CA that is not in the CAFile", async () => {
    const { gateway, caFile } = facts();
    const ca = await createTestCa({ commonName: "Another CA" });
    await using server = await startOutside("unknown-ca", { ca });
    await gateway.link({ Name: "unknown-ca", CAFile: caFile, SNI: "unknown-ca.example" });
    const { reason } = await refusalOf("unknown-ca");
    expect(reason).toMatch(/unknown CA: .* issued by CN=Another CA/);
    expect(reason).toContain(caFile);
    expect(server.requests).toEqual([]);
  });

  test("no client certificate, where the service asks for one", async () => {
    const { gateway, ca, caFile } = facts();
    await using server = await startOutside("without-client", { clientCa: ca.cert });
    await gateway.link({ Name: "without-client", CAFile: caFile, SNI: "without-client.example" });
    expect(await refusalOf("without-client")).toMatchObject({
      outcome: "UPSTREAM_TLS_FAILED",
      reason: expect.stringContaining("asks for a client certificate, and none is configured"),
    });
    expect(server.requests).toEqual([]);
  });

  test("a client certificate that the service does not accept: the service hears no request", async () => {
    const { gateway, files, ca, caFile } = facts();
    const [clientCa, wrongCa] = await Promise.all([createTestCa(), createTestCa({ commonName: "Wrong client CA" })]);
    await using server = await startOutside("refused-client", { clientCa: clientCa.cert, ca });
    const client = await writeClient(files, "refused-client", wrongCa, "nobody they know");
    await gateway.link({ Name: "refused-client", CAFile: caFile, SNI: "refused-client.example", ...client });
    await eventually(
      async () => {
        await expect(callUpstream("refused-client")).rejects.toThrow();
        expect(server.failedHandshakes.length).toBeGreaterThan(0);
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
    expect(server.requests).toEqual([]);
  });
});

describe("files that change on disk are taken up without a restart", () => {
  test("a CAFile that is written over", async () => {
    const { gateway, files } = facts();
    const [before, after] = await Promise.all([createTestCa(), createTestCa({ commonName: "Next CA" })]);
    const CAFile = await files.write("in-place/ca.pem", before.cert);
    await using _server = await startOutside("ca-in-place", { ca: after });
    await gateway.link({ Name: "ca-in-place", CAFile, SNI: "ca-in-place.example" });
    expect((await refusalOf("ca-in-place")).reason).toContain("Next CA");
    await files.write("in-place/ca.pem", after.cert);
    expect(await callUpstreamSoon("ca-in-place")).toMatchObject({ server: "ca-in-place" });
  });

  test("a CAFile behind a symbolic link that is swapped, as Kubernetes does it", async () => {
    const { gateway, files } = facts();
    const [before, after] = await Promise.all([createTestCa(), createTestCa({ commonName: "Next CA" })]);
    await files.write("mount/1/ca.pem", before.cert);
    await files.write("mount/2/ca.pem", after.cert);
    const mount = join(files.path, "mount");
    await symlink("1", join(mount, "data"));
    await symlink("data/ca.pem", join(mount, "ca.pem"));
    await using _server = await startOutside("ca-by-symlink", { ca: after });
    await gateway.link({ Name: "ca-by-symlink", CAFile: join(mount, "ca.pem"), SNI: "ca-by-symlink.example" });
    expect((await refusalOf("ca-by-symlink")).reason).toContain("Next CA");
    await symlink("2", join(mount, "next"));
    await rename(join(mount, "next"), join(mount, "data"));
    expect(await callUpstreamSoon("ca-by-symlink")).toMatchObject({ server: "ca-by-symlink" });
  });

  test("a CertFile with its KeyFile", async () => {
    const { gateway, files, ca, caFile } = facts();
    await using _server = await startOutside("client-certificate", { clientCa: ca.cert });
    const client = await writeClient(files, "renewed", ca, "before");
    await gateway.link({ Name: "client-certificate", CAFile: caFile, SNI: "client-certificate.example", ...client });
    expect(await callUpstreamSoon("client-certificate")).toMatchObject({ clientCommonName: "before" });
    await writeClient(files, "renewed", ca, "after");
    await eventually(
      async () => expect(await callUpstream("client-certificate")).toMatchObject({ clientCommonName: "after" }),
      { timeoutMs: IN_DATACENTER_MS },
    );
  });

  test("files that cannot be read leave the last good ones in use, and the error is shown", async () => {
    const { gateway, files, ca, caFile } = facts();
    await using _server = await startOutside("broken", { clientCa: ca.cert });
    const client = await writeClient(files, "broken", ca, "the last good one");
    await gateway.link({ Name: "broken", CAFile: caFile, SNI: "broken.example", ...client });
    await callUpstreamSoon("broken");
    await files.write("broken.pem", "-----BEGIN CERTIFICATE-----\nhalf of i");
    const shown = await eventually(
      async () => {
        const { fileErrors } = await gateway.admin.routes();
        const found = fileErrors.find((error) => error.files.includes(client.CertFile));
        if (found === undefined) throw new Error("no error of the file is shown");
        return found;
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
    expect(shown).toMatchObject({ usingLastGood: true, reason: expect.stringContaining("broken.pem") });
    expect(await callUpstream("broken")).toMatchObject({ clientCommonName: "the last good one" });
    await writeClient(files, "broken", ca, "whole again");
    await eventually(
      async () => {
        expect(await callUpstream("broken")).toMatchObject({ clientCommonName: "whole again" });
        expect((await gateway.admin.routes()).fileErrors).toEqual([]);
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
  });
});
