import {
  createTestCa,
  issueCertificate,
  type NatsServer,
  startNatsServer,
  temporaryDirectory,
} from "@causeway/testkit";
import { nkeys } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BusCredentials, type BusError, connectBus } from "../src/index.ts";

const resources = new AsyncDisposableStack();
const user = nkeys.createUser();
const seed = Buffer.from(user.getSeed()).toString();
const files: Record<"ca" | "otherCa" | "seed" | "noSeed" | "cert" | "key", string> = {
  ca: "",
  otherCa: "",
  seed: "",
  noSeed: "",
  cert: "",
  key: "",
};
let nats: NatsServer;
let mutual: NatsServer;

beforeAll(async () => {
  const folder = resources.use(await temporaryDirectory());
  const [ca, otherCa] = await Promise.all([createTestCa(), createTestCa()]);
  const { cert, key } = await issueCertificate({ ca, commonName: "nats", ipAddresses: ["127.0.0.1"] });
  files.ca = await folder.write("ca.pem", ca.cert);
  files.otherCa = await folder.write("other-ca.pem", otherCa.cert);
  files.seed = await folder.write("one.nk", `${seed}\n`);
  files.noSeed = await folder.write("none.nk", user.getPublicKey());
  files.cert = await folder.write("cert.pem", cert);
  files.key = await folder.write("key.pem", key);
  const tls = `cert_file: "${files.cert}", key_file: "${files.key}", ca_file: "${files.ca}"`;
  const users = `{ nkey: ${user.getPublicKey()}, permissions: { publish: "other.>", subscribe: "_INBOX.dc1.one.>" } }`;
  const named = '{ user: "named", password: "its password" }';
  const start = async (config: string) => resources.use(await startNatsServer({ config }));
  nats = await start(`authorization { users: [${users}, ${named}] }\ntls { ${tls} }`);
  mutual = await start(`tls { ${tls}, verify: true }`);
});
afterAll(() => resources.disposeAsync());

const told: object[] = [];
const log = { info: (facts: object) => void told.push(facts), warn: (facts: object) => void told.push(facts) };
const connect = (url: string, credentials: BusCredentials) =>
  connectBus({ url, name: "one", datacenter: "dc1", credentials, log });

test("a process is known by the seed in its file, by a name and a password, or by a certificate", async () => {
  const ways = [
    [nats, { natsNkeyFile: files.seed, natsCaFile: files.ca }],
    [nats, { natsUser: "named", natsPassword: "its password", natsCaFile: files.ca }],
    [mutual, { natsCertFile: files.cert, natsKeyFile: files.key, natsCaFile: files.ca }],
  ] as const;
  for (const [{ url }, credentials] of ways) {
    const bus = await connect(url, credentials);
    await bus.connection.flush();
    await bus.drain();
  }
});

const REFUSED = [
  {
    name: "no credentials",
    by: () => ({ natsCaFile: files.ca }),
    says: "does not let one in: set CAUSEWAY_NATS_NKEY_FILE",
  },
  {
    name: "a wrong password",
    by: () => ({ natsUser: "named", natsPassword: "wrong password", natsCaFile: files.ca }),
    says: "does not let one in",
  },
  {
    name: "a server of another CA",
    by: () => ({ natsNkeyFile: files.seed, natsCaFile: files.otherCa }),
    says: "is not to be trusted",
  },
  {
    name: "a server that nobody vouches for",
    by: () => ({ natsNkeyFile: files.seed }),
    says: "set CAUSEWAY_NATS_CA_FILE",
  },
  {
    name: "a file that is not there",
    by: () => ({ natsNkeyFile: "/nowhere/one.nk" }),
    says: "/nowhere/one.nk cannot be read (ENOENT)",
  },
  { name: "a file without a seed", by: () => ({ natsNkeyFile: files.noSeed }), says: "holds no seed of a user" },
  {
    name: "two users at once",
    by: () => ({ natsNkeyFile: files.seed, natsUser: "named" }),
    says: "CAUSEWAY_NATS_NKEY_FILE and CAUSEWAY_NATS_USER are set",
  },
];
for (const { name, by, says } of REFUSED) {
  test(`${name}: an error at once, which says what helps and no secret`, async () => {
    const failure = await connect(nats.url, by()).catch((error: BusError) => error.message);
    expect(failure).toContain(says);
    expect(`${failure}${JSON.stringify(told)}`).not.toMatch(new RegExp(`${seed}|its password|wrong password`));
  });
}

test("a server without TLS is not spoken to where there is a CA to check it by", async () => {
  await using plain = await startNatsServer();
  await expect(connect(plain.url, { natsCaFile: files.ca })).rejects.toThrow("is not to be trusted");
});
