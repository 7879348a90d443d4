import { type Socket, connect as tcpConnect } from "node:net";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { ask, Bucket, type Bus, connectBus } from "@causeway/bus";
import { BUCKETS, type CaRoots, type SignedLeaf, serviceSpiffeId } from "@causeway/model";
import { createCsr, generateKeyPair } from "@causeway/pki";
import { listen, type NatsServer, type SpawnedProcess, spawnProcess } from "@causeway/testkit";

const MAIN = join(import.meta.dirname, "../src/main.ts");

/** What a CA process is started with. */
export type CaOptions = { readonly dataDir: string; readonly env?: Record<string, string> };

/** Runs the CA as a process of its own; it need not become ready. */
export function runCa(nats: NatsServer, { dataDir, env = {} }: CaOptions, ready = true): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [MAIN], {
    env: { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json", CAUSEWAY_DATA_DIR: dataDir, ...env },
    ...(ready ? { readyWhen: (line: string) => line.includes('"msg":"ready"') } : {}),
  });
}

/** A bus as the agent has one. */
export async function connectTo(nats: NatsServer): Promise<Bus & AsyncDisposable> {
  const log = { info: () => {}, warn: () => {} };
  const bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  return Object.assign(bus, { [Symbol.asyncDispose]: () => bus.drain() });
}

/** Opened once, since whoever opens a copy keeps it. */
const opened = new WeakMap<Bus, Promise<Bucket<typeof BUCKETS.caRoots>>>();

/** The roots as the mesh knows them. */
export async function rootsOf(bus: Bus): Promise<CaRoots> {
  const opening = opened.get(bus) ?? Bucket.open(bus, BUCKETS.caRoots);
  opened.set(bus, opening);
  const stored = await (await opening).get("roots");
  if (stored === undefined) throw new Error("the CA has made no root");
  return stored.value;
}

/** Everything that the bucket holds, as bytes: what anyone who may read it can see. */
export async function rawBucket(bus: Bus, name: string): Promise<string> {
  const kv = await bus.kvm.open(name);
  const texts: string[] = [];
  for await (const key of await kv.keys())
    texts.push(key, Buffer.from((await kv.get(key))?.value ?? []).toString("latin1"));
  return texts.join("\n");
}

/** A leaf and the key that it was asked for with. */
export type Identity = SignedLeaf & { readonly keyPem: string };

/** The signing request of a service, and its key. */
export async function requestOf(service: string, { TrustDomain }: Pick<CaRoots, "TrustDomain">, datacenter = "dc1") {
  const key = await generateKeyPair();
  const spiffeId = serviceSpiffeId({ trustDomain: TrustDomain, namespace: "default", datacenter, service });
  return { csr: createCsr({ spiffeId, key }), keyPem: key.privateKeyPem };
}

/** Asks the CA for a leaf, as an agent or a gateway does. */
export async function identityOf(bus: Bus, service: string): Promise<Identity> {
  const { csr, keyPem } = await requestOf(service, await rootsOf(bus), bus.datacenter);
  return { ...(await ask(bus, "ca.sign-leaf", { CSR: csr })), keyPem };
}

/** What the two ends of a mutual TLS connection trust and present. */
type End = { readonly identity: Identity; readonly roots: readonly string[] };

/**
 * Makes a real mutual TLS connection and gives the URIs that each end saw of the other, or the error of the end that refused.
 */
export async function shakeHands(
  server: End,
  client: End,
): Promise<{ readonly seen: string[] } | { readonly error: string }> {
  const present = ({ identity, roots }: End) => ({ cert: identity.CertPEM, key: identity.keyPem, ca: [...roots] });
  const { promise: accepted, resolve, reject } = Promise.withResolvers<string>();
  const tls = createServer({ ...present(server), requestCert: true, rejectUnauthorized: true }, (socket) => {
    resolve(uriOf(socket));
    socket.end();
  });
  tls.on("tlsClientError", (error) => reject(error));
  accepted.catch(() => {});
  await using listener = await listen(tls);
  const raw: Socket = tcpConnect(listener.port, "127.0.0.1");
  try {
    const socket = connect({ socket: raw, ...present(client), checkServerIdentity: () => undefined });
    const dialled = new Promise<string>((done, failed) => {
      socket.once("secureConnect", () => done(uriOf(socket)));
      socket.once("error", failed);
    });
    return { seen: await Promise.all([accepted, dialled]) };
  } catch (error) {
    return { error: (error as { code?: string }).code ?? String(error) };
  } finally {
    raw.destroy();
  }
}

function uriOf(socket: TLSSocket): string {
  return socket.getPeerCertificate().subjectaltname ?? "";
}

/** Status and text of the refusal that `asked` ends with. */
export async function refusalOf(asked: Promise<unknown>): Promise<{ status: number; message: string } | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return { status, message };
  }
}
