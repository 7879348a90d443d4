import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { DestinationIntentions } from "@causeway/model";
import { serviceServerName, serviceSpiffeId, signingSpiffeId } from "@causeway/model";
import {
  certificateFacts,
  createCsr,
  createRoot,
  crossSign,
  generateKeyPair,
  type KeyPair,
  signIntermediate,
  signLeaf,
} from "@causeway/pki";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import type { Identities, Leaf } from "../src/index.ts";

export const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";

const HOUR_MS = 3_600_000;

/** How a test leaf differs from an ordinary one. */
export type LeafOptions = {
  readonly trustDomain?: string;
  readonly spiffeId?: string;
  readonly nowMs?: number;
  readonly ttlMs?: number;
  /** The secondary datacenter that it is of, whose CA signs with an intermediate. */
  readonly secondary?: string;
};

/** A certificate authority of a mesh, whose root can be changed for another. */
export class TestMesh implements Identities {
  readonly leaves = new Map<string, Leaf>();
  rootPem: string;
  #key: KeyPair;
  #trusted: readonly string[];
  #version = 1;
  #serial = 1n;
  #intermediates = "";

  private constructor(rootPem: string, key: KeyPair) {
    this.rootPem = rootPem;
    this.#key = key;
    this.#trusted = [rootPem];
  }

  static async create(): Promise<TestMesh> {
    const key = await generateKeyPair();
    return new TestMesh(newRoot(key, 1n), key);
  }

  leaf(service: string): Leaf | undefined {
    return this.leaves.get(service);
  }

  roots() {
    return { trustDomain: TRUST_DOMAIN, certificatesPem: this.#trusted, version: this.#version };
  }

  /** Issues a leaf; it is one that the proxy has only if it is put into `leaves`. */
  async issue(
    service: string,
    { trustDomain = TRUST_DOMAIN, spiffeId, nowMs = Date.now(), ttlMs = HOUR_MS, secondary }: LeafOptions = {},
  ): Promise<Leaf> {
    const key = await generateKeyPair();
    const csr = createCsr({ spiffeId: spiffeId ?? spiffeIdOf(service, trustDomain, secondary), key });
    const signing = { serial: ++this.#serial, ttlMs, nowMs };
    const by = { issuer: this.rootPem, issuerKey: this.#key.privateKey, sentAlong: this.#intermediates };
    const { sentAlong, ...signedBy } = secondary === undefined ? by : await this.#intermediate();
    const pem = signLeaf({ csr, ...signedBy, ...signing });
    const { serial, notAfterMs } = certificateFacts(pem);
    return { certificatePem: pem + sentAlong, privateKeyPem: key.privateKeyPem, serial, notAfterMs };
  }

  /** What the CA of a secondary datacenter would sign with. */
  async #intermediate() {
    const key = await generateKeyPair();
    const csr = createCsr({ spiffeId: signingSpiffeId(TRUST_DOMAIN), key });
    const by = { issuer: this.rootPem, issuerKey: this.#key.privateKey, trustDomain: TRUST_DOMAIN };
    const signing = { serial: ++this.#serial, ttlMs: HOUR_MS, nowMs: Date.now() };
    const issuer = signIntermediate({ csr, ...by, ...signing });
    return { issuer, issuerKey: key.privateKey, sentAlong: issuer + this.#intermediates };
  }

  /** Gives the proxy a leaf of this service, in place of the one that it has. */
  async give(service: string, options: LeafOptions = {}): Promise<Leaf> {
    const leaf = await this.issue(service, options);
    this.leaves.set(service, leaf);
    return leaf;
  }

  /** Begins to sign with a new root; the old one stays trusted until `withdraw`, and vouches for the new one. */
  async rotate(): Promise<void> {
    const key = await generateKeyPair();
    const root = newRoot(key, ++this.#serial);
    const byKey = this.#key.privateKey;
    this.#intermediates = crossSign({
      newRoot: root,
      byRoot: this.rootPem,
      byKey,
      serial: ++this.#serial,
      nowMs: Date.now(),
    });
    this.rootPem = root;
    this.#key = key;
    this.#trusted = [...this.#trusted, root];
    this.#version += 1;
  }

  /** Trusts the newest root only. */
  withdraw(): void {
    this.#trusted = [this.rootPem];
    this.#version += 1;
  }

  /** What a client needs that has this leaf. */
  client(leaf: Leaf, options: ConnectionOptions = {}): ConnectionOptions {
    return {
      cert: leaf.certificatePem,
      key: leaf.privateKeyPem,
      ca: [...this.#trusted],
      checkServerIdentity: () => undefined,
      ...options,
    };
  }
}

/** The certificate and key of a leaf, under the names that node:tls gives them. */
export function ofLeaf({ certificatePem, privateKeyPem }: Leaf): { readonly cert: string; readonly key: string } {
  return { cert: certificatePem, key: privateKeyPem };
}

/** What an impostor makes himself: a certificate that says the right thing, signed by nobody else. */
export async function selfSigned(uri: string): Promise<{ readonly cert: string; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const extensions = [new SubjectAlternativeNameExtension([{ type: "url", value: uri }])];
  const certificate = await X509CertificateGenerator.createSelfSigned(
    { name: "CN=impostor", keys, extensions },
    webcrypto,
  );
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" });
  return { cert: certificate.toString("pem"), key: key.toString() };
}

function newRoot(key: KeyPair, serial: bigint): string {
  return createRoot({ trustDomain: TRUST_DOMAIN, key, serial, ttlMs: 24 * HOUR_MS, nowMs: Date.now() });
}

/** The SPIFFE ID of a service of the test mesh. */
export function spiffeIdOf(service: string, trustDomain = TRUST_DOMAIN, datacenter = "dc1"): string {
  return serviceSpiffeId({ trustDomain, namespace: "default", datacenter, service });
}

/** The server name of a service of the test mesh. */
export function serverNameOf(service: string): string {
  return serviceServerName({ service, datacenter: "dc1", trustDomain: TRUST_DOMAIN });
}

/** One destination's intentions, by source. */
export function intentions(
  destination: string,
  sources: Readonly<Record<string, "allow" | "deny">>,
): DestinationIntentions {
  const index = { CreateIndex: 1, ModifyIndex: 1 };
  const times = { CreatedAt: "2026-01-01T00:00:00Z", UpdatedAt: "2026-01-01T00:00:00Z" };
  const Sources = Object.entries(sources).map(([Name, Action]) => ({
    ID: `${Name}-${destination}`,
    Name,
    Action,
    Description: "",
    Meta: {},
    ...times,
    ...index,
  }));
  return { Name: destination, Sources, Meta: {}, ...index };
}

/** A client's end of a connection, and all that it was sent. */
export class Client<T extends Socket> {
  readonly socket: T;
  readonly received: Buffer[] = [];
  error: NodeJS.ErrnoException | undefined;
  readonly ended: Promise<void>;
  readonly closed: Promise<void>;

  constructor(socket: T) {
    this.socket = socket;
    const ended = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.closed = closed.promise;
    socket.on("data", (chunk: Buffer) => this.received.push(chunk));
    socket.on("error", (error) => {
      this.error = error;
    });
    socket.on("end", ended.resolve).on("close", () => {
      ended.resolve();
      closed.resolve();
    });
  }

  get text(): string {
    return Buffer.concat(this.received).toString();
  }

  /** Resolves when all that came so far contains `text`; rejects when the connection ends without it. */
  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      if (this.socket.readableEnded || this.socket.destroyed)
        throw new Error(`ended after ${JSON.stringify(this.text)}, ${this.error}`);
      await Promise.race([once(this.socket, "data"), this.ended]);
    }
  }

  /** Sends, ends the sending side, and gives the answer. */
  async ask(text: string): Promise<string> {
    this.socket.end(text);
    await this.ended;
    return this.text;
  }
}

/** Connects by plain TCP, half-open. */
export async function openTcp(port: number): Promise<Client<Socket>> {
  const socket = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
  const client = new Client(socket);
  await once(socket, "connect");
  return client;
}

/** Connects by TLS, half-open; whether the handshake succeeds is not waited for. */
export function openTls(port: number, options: ConnectionOptions): Client<TLSSocket> {
  const socket = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
  return new Client(connectTls({ socket, ...options }));
}
