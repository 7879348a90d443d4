import { type ConnectionFailure, FAILURE_CODES, isRefusal, TLS_FAULTS } from "@causeway/proxy";
import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { IN_DATACENTER_MS, type MeshIdentity, OtlpReceiver, START_UP_MS, TestAuthority } from "../src/index.ts";
import {
  type Call,
  identityOf,
  MAX_CONNECTIONS,
  type RefusingMesh,
  SERVICES,
  startRefusingMesh,
  TRUST_DOMAIN,
} from "./refusing-mesh.ts";

type Code = ConnectionFailure["code"];

vi.setConfig({ testTimeout: START_UP_MS });

/** A TLS record that announces a handshake message of 64 KiB and more. */
const TOO_LARGE = Buffer.of(22, 3, 1, 0x40, 0, 1, 1, 0, 0);

/** A leaf that the mesh's own CA has signed, whoever it says it is. */
async function claiming({ authority }: RefusingMesh, spiffeId: string): Promise<MeshIdentity> {
  return identityOf(await authority.leaf(spiffeId));
}

async function sending(mesh: RefusingMesh, bytes: string | Buffer): Promise<Call> {
  const call = await mesh.open("mesh");
  call.conversation.socket.write(bytes);
  return call;
}

/** Calls, and once the call is answered has something change. */
async function answeredThen(call: Promise<Call>, change: () => Promise<void>): Promise<Call> {
  const answered = await call;
  await answered.conversation.echo("hello");
  await change();
  return answered;
}

/** For each way in which a connection can be refused, how to have that happen; resolves with the connection that it happens to. */
const PROVOKED: Readonly<Partial<Record<Code, (mesh: RefusingMesh) => Promise<Call>>>> = {
  HELLO_TIMEOUT: (mesh) => mesh.open("mesh"),
  NOT_TLS: (mesh) => sending(mesh, "GET / HTTP/1.1\r\n\r\n"),
  HELLO_TOO_LARGE: (mesh) => sending(mesh, TOO_LARGE),
  NO_SNI: (mesh) => mesh.call({ identity: mesh.web }),
  NO_ROUTE: (mesh) => mesh.call({ service: "nobody", identity: mesh.web }),
  NO_CLIENT_CERTIFICATE: (mesh) => mesh.call({ service: "db" }),
  CLIENT_TLS_FAILED: async (mesh) => mesh.call({ service: "db", identity: await strangerTo(mesh) }),
  WRONG_TRUST_DOMAIN: async (mesh) => {
    const elsewhere = mesh.authority.spiffeId("web", "99999999-8888-7777-6666-555555555555.consul");
    return mesh.call({ service: "db", identity: await claiming(mesh, elsewhere) });
  },
  NOT_A_SERVICE_IDENTITY: async (mesh) => {
    const elsewhere = mesh.authority.spiffeId("web", TRUST_DOMAIN, "other");
    return mesh.call({ service: "db", identity: await claiming(mesh, elsewhere) });
  },
  DENIED: (mesh) => mesh.call({ service: "denied", identity: mesh.web }),
  NO_LONGER_ALLOWED: (mesh) =>
    answeredThen(mesh.call({ service: "fickle", identity: mesh.web }), () => mesh.tell({ denied: ["fickle"] })),
  ROUTE_GONE: (mesh) =>
    answeredThen(mesh.call({ service: "leaving", identity: mesh.web }), () => mesh.tell({ gone: ["leaving"] })),
  ISSUER_WITHDRAWN: async (mesh) => {
    const identity = identityOf(await mesh.other.leaf(mesh.other.spiffeId("web")));
    return answeredThen(mesh.call({ service: "db", identity }), () => mesh.tell({ roots: [mesh.authority.root] }));
  },
  NO_LEAF: (mesh) => mesh.call({ service: "unissued", identity: mesh.web }),
  NO_HEALTHY_ENDPOINT: (mesh) => mesh.call({ service: "lonely", identity: mesh.web }),
  DIAL_FAILED: (mesh) => mesh.call({ service: "dead", identity: mesh.web }),
  UPSTREAM_TLS_FAILED: (mesh) => mesh.open("not-tls"),
  WRONG_PEER_IDENTITY: (mesh) => mesh.open("impostor"),
  TLS_FILES_UNUSABLE: (mesh) => mesh.open("files"),
  TOO_MANY_CONNECTIONS: async (mesh) => {
    using others = new DisposableStack();
    for (let each = 0; each < MAX_CONNECTIONS; each++) {
      const { conversation } = await mesh.open("plain");
      others.use(conversation);
      await conversation.echo("hello");
    }
    return await mesh.knock("plain");
  },
  INTERNAL: (mesh) => mesh.open("odd"),
};

/** Who claims to be web of this mesh, and whom only a CA of its own vouches for. */
async function strangerTo({ authority }: RefusingMesh): Promise<MeshIdentity> {
  const own = await TestAuthority.create(TRUST_DOMAIN);
  return identityOf(await own.leaf(authority.spiffeId("web")));
}

test("every reason for a refusal is provoked below", () => {
  expect(Object.keys(PROVOKED).toSorted()).toEqual(FAILURE_CODES.filter(isRefusal).toSorted());
});

describe.each(["stream", "splice"] as const)("a proxy with the engine %s", (engine) => {
  const resources = new AsyncDisposableStack();
  let mesh: RefusingMesh;
  let collector: OtlpReceiver;
  beforeAll(async () => {
    collector = resources.use(await OtlpReceiver.start("http/protobuf"));
    mesh = resources.use(await startRefusingMesh(engine, collector.variables));
  }, START_UP_MS);
  afterAll(() => resources.disposeAsync());

  test.each(Object.entries(PROVOKED))(
    "tells of %s in its log, its span, its metrics and on its admin port",
    async (name, provoke) => {
      const code = name as Code;
      const { proxy } = mesh;
      await mesh.tell();
      // What is left of the test before counts among what it takes at once.
      await eventually(async () => expect(await proxy.admin.connections()).toEqual([]));
      const before = await proxy.admin.ended(code);
      const { client, conversation } = await provoke(mesh);
      using _ = conversation;
      await eventually(
        async () => {
          const lines = proxy.lines.filter((line) => line["client"] === client);
          expect(lines).toEqual([expect.objectContaining({ msg: "connection refused", outcome: code })]);
          const [{ reason, blame, traceId } = {}] = lines;
          expect((await proxy.admin.refusals()).filter((record) => record.client === client)).toEqual([
            expect.objectContaining({ outcome: code, reason, blame }),
          ]);
          expect(await proxy.admin.ended(code)).toBe(before + 1);
          const spans = collector.spans.filter(
            ({ attributes: { "client.address": host, "client.port": port } }) => `${host}:${port}` === client,
          );
          expect(spans).toEqual([
            expect.objectContaining({
              name: "mesh.connection",
              error: reason,
              attributes: expect.objectContaining({ "error.type": code, "causeway.blame": blame }),
            }),
          ]);
          if (traceId !== undefined) expect(spans[0]?.traceId).toBe(traceId);
        },
        { timeoutMs: IN_DATACENTER_MS },
      );
    },
  );

  test("has one line of log for a connection that was carried, with all that is known of it", async () => {
    await mesh.tell();
    const { client, conversation } = await mesh.call({ service: "db", identity: mesh.web });
    expect(await conversation.ask("hello")).toBe("hello");
    const lines = await eventually(() => {
      const found = mesh.proxy.lines.filter((line) => line["client"] === client);
      expect(found).not.toEqual([]);
      return found;
    });
    expect(lines).toEqual([
      expect.objectContaining({
        msg: "connection closed",
        outcome: "CARRIED",
        listener: "mesh",
        serverName: expect.stringMatching(/^db\.default\.dc1\.internal\./),
        destination: "db",
        source: "web",
        sourceIdentity: mesh.authority.spiffeId("web"),
        decidedBy: expect.stringContaining("allow"),
        endpoint: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        bytesToUpstream: "hello".length,
        bytesToClient: "hello".length,
        seconds: expect.any(Number),
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      }),
    ]);
  });

  test("has metrics with labels of closed sets alone: no address, server name or identity, whatever it was sent", async () => {
    const series = await mesh.proxy.admin.series();
    const labels = new Map<string, Set<string>>();
    for (const each of series) {
      for (const [label, value] of Object.entries(each.labels)) {
        labels.set(label, (labels.get(label) ?? new Set()).add(value));
      }
    }
    const { destination, listener, le, quantile, ...sets } = Object.fromEntries(labels);
    expect(le).toBeDefined();
    expect(quantile).toEqual(new Set(["0.5", "0.99", "1"]));
    const names = new Set(["none", "plain", "files", "not-tls", "impostor", "odd", "mesh", ...SERVICES]);
    expect([...names]).toEqual(expect.arrayContaining([...(destination ?? []), ...(listener ?? [])]));
    const closed: Readonly<Record<string, readonly string[]>> = {
      outcome: ["CARRIED", "OK", ...FAILURE_CODES],
      blame: ["client", "upstream", "control-plane", "gateway", "none"],
      side: ["client", "upstream"],
      fault: [...TLS_FAULTS, "wrong-identity"],
      direction: ["to-upstream", "to-client"],
      health: ["healthy", "unhealthy"],
      reason: ["queue full", "not taken"],
    };
    for (const [label, values] of Object.entries(sets)) {
      expect(closed[label], label).toBeDefined();
      expect(closed[label]).toEqual(expect.arrayContaining([...values]));
    }
    expect(series.length).toBeLessThan(1_000);
  });
});
