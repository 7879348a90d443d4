import { ask, type Bus } from "@causeway/bus";
import type { CaConfiguration } from "@causeway/model";
import { type NatsServer, type SpawnedProcess, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectTo, identityOf, rawBucket, refusalOf, rootsOf, runCa } from "./support.ts";

let nats: NatsServer;
let bus: Bus;
let ca: SpawnedProcess;
let data: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  [nats, data] = await Promise.all([startNatsServer(), temporaryDirectory()]);
  [ca, bus] = await Promise.all([runCa(nats, { dataDir: data.path }), connectTo(nats)]);
});
afterAll(async () => {
  await bus.drain();
  await ca.stop();
  await nats.stop();
  await data[Symbol.asyncDispose]();
});

type Asked = Partial<CaConfiguration>;
const configure = (asked: Asked) => ask(bus, "ca.configure", { Configuration: asked });
const configuration = () => ask(bus, "ca.configuration", {});
const DEFAULTS = { IntermediateCertTTL: "8760h", LeafCertTTL: "72h", RotationPeriod: "2160h" };

beforeEach(async () => void (await configure({ Provider: "consul", Config: DEFAULTS })));

describe("the configuration", () => {
  test("is Consul's at first", async () => {
    const { CreateIndex, ModifyIndex, ...first } = await configuration();
    expect(first).toEqual({ Provider: "consul", Config: DEFAULTS, State: null, ForceWithoutCrossSigning: false });
    expect(CreateIndex).toBeGreaterThan(0);
    expect(ModifyIndex).toBeGreaterThanOrEqual(CreateIndex);
  });

  test("can be changed without another root, and decides how long leaves last", async () => {
    const before = await rootsOf(bus);
    const { Index } = await configure({ Provider: "consul", Config: { LeafCertTTL: "48h", RotationPeriod: "1000h" } });
    const stored = await configuration();
    expect(stored).toMatchObject({ Config: { LeafCertTTL: "48h", RotationPeriod: "1000h" }, ModifyIndex: Index });
    expect(stored.Config).not.toHaveProperty("IntermediateCertTTL");
    expect(await rootsOf(bus)).toEqual(before);
    const { ValidAfter, ValidBefore } = await identityOf(bus, "web");
    expect(Date.parse(ValidBefore) - Date.parse(ValidAfter)).toBe((48 * 60 + 1) * 60_000);
  });

  test("that is written as it stands changes nothing", async () => {
    const before = await configuration();
    expect(await configure({ Provider: "consul", Config: DEFAULTS, State: {} })).toEqual({ Index: before.ModifyIndex });
    expect(await configure({ ...before, State: null })).toEqual({ Index: before.ModifyIndex });
    expect(await configuration()).toEqual(before);
  });

  const refused: readonly { name: string; asked: Asked; message: string }[] = [
    {
      name: "another provider",
      asked: { Provider: "nope", Config: {} },
      message: 'could not initialize provider: unknown CA provider "nope"',
    },
    { name: "no provider", asked: {}, message: 'could not initialize provider: unknown CA provider ""' },
    {
      name: "leaves that end at once",
      asked: { Provider: "consul", Config: { LeafCertTTL: "10s" } },
      message: "error configuring provider: leaf cert TTL must be greater or equal than 1h0m0s",
    },
    {
      name: "a root certificate without its key",
      asked: { Provider: "consul", Config: { RootCert: "x" } },
      message: "error configuring provider: must provide a private key when providing a root cert",
    },
    {
      name: "a state of the operator's own",
      asked: { Provider: "consul", Config: DEFAULTS, State: { a: "b" } },
      message: "CA Provider State is read-only",
    },
    {
      name: "what is no key",
      asked: { Provider: "consul", Config: { PrivateKey: "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END" } },
      message:
        "error generating CA root certificate: private key cannot be read: not a private key in PEM, or encrypted",
    },
  ];
  for (const { name, asked, message } of refused) {
    test(`is refused with ${name}, and nothing changes`, async () => {
      const before = [await rawBucket(bus, "ca-roots"), await rawBucket(bus, "ca-keys")];
      expect(await refusalOf(configure(asked))).toEqual({ status: 500, message });
      expect([await rawBucket(bus, "ca-roots"), await rawBucket(bus, "ca-keys")]).toEqual(before);
    });
  }
});
