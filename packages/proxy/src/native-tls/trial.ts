import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { serviceSpiffeId } from "@causeway/model";
import { createCsr, createRoot, readPeerCertificate, readPrivateKey, signLeaf } from "@causeway/pki";
import type { Leaf, Roots } from "../identities.ts";
import { Kernel } from "../splice/kernel.ts";
import { AF_INET, EPOLL_CTL_ADD, EPOLLIN, EPOLLOUT } from "../splice/linux.ts";
import { packAddress } from "../splice/socket-address.ts";
import { errorName } from "../splice/system-errors.ts";
import { OpenSsl } from "./openssl.ts";
import { X509_V_OK } from "./openssl-numbers.ts";
import { ticketKeys } from "./ticket-keys.ts";
import { TlsContext, type TlsMaterial } from "./tls-context.ts";
import { type TlsProgress, TlsSession } from "./tls-session.ts";

const HOUR_MS = 3_600_000;

/** On one machine a handshake takes a few rounds, each of which is there at once. */
const ROUNDS = 20;
const ROUND_MS = 1_000;

/**
 * Why TLS cannot be ended and begun by Node's own OpenSSL here; `undefined` when it can. It is tried: a client with a leaf that was made for
 * this is let in and says something, one of another root is not, and one that trusts another root sees that the server is not of it.
 */
export function tlsUnfitness(nowMs: number): string | undefined {
  using resources = new DisposableStack();
  try {
    const kernel = Kernel.open();
    const openssl = resources.adopt(OpenSsl.open(), (opened) => opened.close());
    const [own, other] = [makeMesh(nowMs), makeMesh(nowMs)];
    const context = (material: TlsMaterial) =>
      resources.adopt(new TlsContext(openssl, material), (made) => made.close());
    const client = (leaf: Leaf, trusted: Roots) => context({ role: "client", own: leaf, trusted });
    const tickets = ticketKeys(randomBytes(32), own.leaf, own.roots, undefined);
    const server = context({ role: "server", own: own.leaf, trusted: own.roots, tickets });
    const means = { kernel, openssl, uri: own.uri };
    const friend = tryWith(client(own.leaf, own.roots), server, means);
    if (friend !== "let in") return `a client that should be let in was ${friend}`;
    const stranger = tryWith(client(other.leaf, own.roots), server, means);
    if (stranger !== "refused") return `a client of another root was ${stranger}`;
    const sceptic = tryWith(client(own.leaf, other.roots), server, means);
    return sceptic === "sceptical" ? undefined : `a client that trusts another root was ${sceptic}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Mesh = { readonly leaf: Leaf; readonly roots: Roots; readonly uri: string };

/** A mesh of one service, whose keys nobody else ever has. */
function makeMesh(nowMs: number): Mesh {
  const newKey = () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return readPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  };
  const [rootKey, key] = [newKey(), newKey()];
  const trustDomain = `${randomUUID()}.consul`;
  const uri = serviceSpiffeId({ trustDomain, namespace: "default", datacenter: "trial", service: "trial" });
  const validity = { ttlMs: HOUR_MS, nowMs };
  const root = createRoot({ trustDomain, key: rootKey, serial: 1n, ...validity });
  const certificatePem = signLeaf({
    csr: createCsr({ spiffeId: uri, key }),
    issuer: root,
    issuerKey: rootKey.privateKey,
    serial: 2n,
    ...validity,
  });
  const leaf = { certificatePem, privateKeyPem: key.privateKeyPem, serial: "2", notAfterMs: nowMs + HOUR_MS };
  return { leaf, roots: { trustDomain, certificatesPem: [root], version: trustDomain }, uri };
}

type Means = { readonly kernel: Kernel; readonly openssl: OpenSsl; readonly uri: string };

/** Has a client shake hands with a server over a connection of this machine, and say something; tells what became of it. */
function tryWith(client: TlsContext, server: TlsContext, { kernel, openssl, uri }: Means): string {
  using resources = new DisposableStack();
  const opened = (result: number): number => {
    if (result < 0) throw new Error(`a trial failed for the system's error ${errorName(-result)}`);
    return resources.adopt(result, (fd) => kernel.close(fd));
  };
  const listener = opened(kernel.socket(AF_INET));
  kernel.bind(listener, packAddress({ host: "127.0.0.1", port: 0 }));
  kernel.listen(listener, 1);
  kernel.ownAddress(listener);
  const near = opened(kernel.socket(AF_INET));
  kernel.connect(near, packAddress(kernel.lastAddress()));
  const poll = opened(kernel.poll());
  kernel.watch(poll, EPOLL_CTL_ADD, listener, EPOLLIN);
  kernel.watch(poll, EPOLL_CTL_ADD, near, EPOLLOUT);
  kernel.wait(poll, ROUND_MS);
  const far = opened(kernel.accept(listener));
  const session = (context: TlsContext, fd: number) =>
    resources.adopt(new TlsSession(openssl, context, fd), (made) => made.close());
  const [asking, answering] = [session(client, near), session(server, far)];
  const progress = shakeHands(asking, answering);
  if (progress !== "done") return progress === "failed" ? "refused" : "kept waiting";
  if (answering.verifyResult !== X509_V_OK) return "not verified";
  if (asking.verifyResult !== X509_V_OK) return "sceptical";
  const certificate = answering.peerCertificate();
  const read = certificate === undefined ? undefined : readPeerCertificate(certificate);
  if (read?.uris?.join() !== uri) return "taken for another";
  const length = openssl.buffer.write("causeway");
  asking.write(length);
  asking.flush();
  openssl.buffer.fill(0);
  return answering.read(0) === length && openssl.buffer.toString("latin1", 0, length) === "causeway"
    ? "let in"
    : "misunderstood";
}

/** How far the one that answers has got. */
function shakeHands(asking: TlsSession, answering: TlsSession): TlsProgress {
  let progress: TlsProgress = "waiting";
  for (let round = 0; round < ROUNDS && progress === "waiting"; round++) {
    asking.handshake();
    asking.flush();
    progress = answering.handshake();
    answering.flush();
  }
  return progress;
}
