import { generateKeyPair } from "@causeway/pki";
import { temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { reservePort, runCauseway } from "../src/index.ts";
import { runInTurn as runSteps, type Step } from "./command-steps.ts";
import { shared } from "./support.ts";

const facts = shared(async (_mesh, resources) => ({ files: resources.use(await temporaryDirectory()) }));

const runInTurn = (steps: readonly Step[]) => runSteps(facts(), steps);

test("config: write, read, list, compare and set, delete", async () => {
  await facts().files.write(
    "gateway.hcl",
    'Kind = "terminating-gateway"\nName = "us-west-gateway"\nServices = [{ Name = "billing", CAFile = "/ca.pem" }]\n',
  );
  await facts().files.write("web.json", '{ "kind": "service-defaults", "name": "web", "protocol": "http" }\n');
  await runInTurn([
    { run: "config write @gateway.hcl", out: "Config entry written: terminating-gateway/us-west-gateway" },
    { run: "config write @web.json", out: "Config entry written: service-defaults/web" },
    {
      run: "config read -kind terminating-gateway -name us-west-gateway",
      out: /^\{\s+"Kind": "terminating-gateway",\s+"Name": "us-west-gateway",\s+"Services": \[\s+\{\s+"Name": "billing",\s+"CAFile": "\/ca.pem"/,
    },
    { run: "config list -kind terminating-gateway", out: "us-west-gateway" },
    { run: "config list --kind=service-defaults", out: "web" },
    {
      run: "config write -cas -modify-index 0 @gateway.hcl",
      status: 1,
      err: /^Config entry not updated: terminating-gateway\/us-west-gateway/,
    },
    {
      run: "config delete -kind terminating-gateway -name us-west-gateway",
      out: "Config entry deleted: terminating-gateway/us-west-gateway",
    },
    { run: "config list -kind terminating-gateway" },
    {
      run: "config read -kind terminating-gateway -name us-west-gateway",
      status: 1,
      err: 'Error reading config entry terminating-gateway/us-west-gateway: Unexpected response code: 404 (Config entry not found for "terminating-gateway" / "us-west-gateway")',
    },
    { run: "config read -name us-west-gateway", status: 1, err: "Must specify the -kind parameter" },
    { run: "config list -kind bogus", status: 1, err: /invalid config entry kind: bogus/ },
  ]);
});

describe("a file that cannot be used", () => {
  const SERVICES = 'Kind = "terminating-gateway"\nName = "g"\nServices = [\n';
  const FILES = [
    {
      fact: "HCL with a word that lacks its quotes",
      name: "word.hcl",
      text: `${SERVICES}  { Name = billing }\n]\n`,
      err: /word\.hcl:4:12: expected a value, found the word billing without quotes/,
    },
    {
      fact: "JSON without a comma",
      name: "comma.json",
      text: '{ "Kind": "terminating-gateway",\n  "Name": "g"\n  "Services": [] }\n',
      err: /comma\.json:3:3: expected "," or "}"/,
    },
    {
      fact: "an unknown field",
      name: "unknown.hcl",
      text: `${SERVICES}  { Name = "billing", Bogus = 1 }\n]\n`,
      err: /invalid config key "Services\[0\]\.Bogus" at .*unknown\.hcl:4/,
    },
    {
      fact: "a field of the wrong type",
      name: "type.hcl",
      text: 'Kind = "terminating-gateway"\nName = "g"\nServices = "billing"\n',
      err: /'Services\[0\]' expected a map, got 'string'/,
    },
    {
      fact: "a client certificate without a CA",
      name: "rule.hcl",
      text: `${SERVICES}  { Name = "billing", CertFile = "/cert.pem" }\n]\n`,
      err: /^Error writing config entry terminating-gateway\/g: .*Service "billing" must have a CertFile, CAFile, and KeyFile specified for TLS origination/,
    },
  ];
  test.each(FILES)("$fact: what is wrong is named with its place", async ({ name, text, err }) => {
    await facts().files.write(name, text);
    await runInTurn([{ run: `config write @${name}`, status: 1, err }]);
  });

  test("one that is not there", async () => {
    await runInTurn([{ run: "config write @nowhere.hcl", status: 1, err: /^Failed to load data: .*nowhere\.hcl/ }]);
  });
});

test("intention: create, check, match, list, get, delete", async () => {
  await facts().files.write("intention.json", '{ "SourceName": "cron", "DestinationName": "db", "Action": "deny" }\n');
  await runInTurn([
    { run: "intention list", out: "There are no intentions." },
    { run: "intention check web db", out: "Allowed" },
    { run: "intention create -allow web db", out: "Created: web => db (allow)" },
    { run: "intention create -allow web db", status: 1, err: /duplicate intention found/ },
    { run: "intention create -deny -replace web db", out: "Created: web => db (deny)" },
    { run: "intention create -file @intention.json", out: "Created: cron => db (deny)" },
    { run: "intention create -deny * db", out: "Created: * => db (deny)" },
    { run: "intention check web db", status: 1, out: "Denied" },
    { run: "intention check web", status: 2, err: "Error: command requires exactly two arguments: src and dst" },
    { run: "intention match db", out: "cron => db (deny)\nweb => db (deny)\n* => db (deny)" },
    { run: "intention match -source web", out: "web => db (deny)\n* => db (deny)" },
    {
      run: "intention list",
      out: /^ID +Source +Action +Destination +Precedence\n(\S{36} +\S+ +deny +db +[89]\n?){3}$/,
    },
    { run: "intention get web db", out: /^Source: +web\nDestination: +db\nAction: +deny\nID: +\S{36}\nCreated At: / },
    { run: "intention delete web db", out: "Intention deleted." },
    {
      run: "intention get web db",
      status: 1,
      err: 'Intention with source "web" and destination "db" not found.',
    },
    { run: "intention delete cron db", out: "Intention deleted." },
    { run: "intention delete * db", out: "Intention deleted." },
    { run: "intention create -allow -deny web db", status: 1, err: "Only one of -allow or -deny may be specified." },
  ]);
});

test("services and catalog: what is registered is listed until it is deregistered", async () => {
  await facts().files.write("web.hcl", 'service {\n  name = "web"\n  port = 8080\n  tags = ["v1", "blue"]\n}\n');
  await runInTurn([
    { run: "services register @web.hcl", out: "Registered service: web" },
    { run: "services register -name api -id api-1 -port 9090 -tag v2 -meta team=a", out: "Registered service: api" },
    { run: "catalog services", out: "api\nconsul\nweb" },
    { run: "catalog services -tags", out: "api         v2\nconsul\nweb         blue,v1" },
    { run: "catalog nodes", out: /^Node +ID +Address +DC\n\S+ +\S{8} +127\.0\.0\.1 +dc1$/ },
    { run: "catalog nodes -service web", out: /\n\S+ +\S{8} +127\.0\.0\.1 +dc1$/ },
    { run: "catalog nodes -service nobody", err: "No nodes match the given query - try expanding your search." },
    { run: "catalog datacenters", out: "dc1" },
    { run: "services deregister @web.hcl", out: "Deregistered service: web" },
    { run: "services deregister -id api-1", out: "Deregistered service: api-1" },
    { run: "catalog services", out: "consul" },
    { run: "services register", status: 1, err: /^Service registration requires/ },
    { run: "services deregister", status: 1, err: /^Service deregistration requires/ },
  ]);
});

test("connect ca: the configuration is shown, changed, and refused when it makes no sense", async () => {
  const { files } = facts();
  const { privateKeyPem } = await generateKeyPair();
  const file = (name: string, Config: unknown) => files.write(name, JSON.stringify({ Provider: "consul", Config }));
  await file("ca.json", { LeafCertTTL: "48h", PrivateKey: privateKeyPem });
  await file("short.json", { LeafCertTTL: "1m" });
  await runInTurn([
    { run: "connect ca get-config", out: /^\{\s+"Provider": "consul",[\s\S]*"LeafCertTTL": "72h"/ },
    { run: "connect ca set-config -config-file @ca.json", out: "Configuration updated!" },
    { run: "connect ca get-config", out: /"LeafCertTTL": "48h"/ },
    {
      run: "connect ca set-config -config-file @short.json",
      status: 1,
      err: /leaf cert TTL must be greater or equal than 1h0m0s/,
    },
    { run: "connect ca set-config", status: 1, err: "The -config-file flag is required" },
  ]);
});

test("connect upstreams: how a sidecar reaches its upstreams, and who says so", async () => {
  await facts().files.write(
    "shop.hcl",
    `service {
  name = "shop"
  port = 8080
  connect { sidecar_service { proxy { upstreams = [
    { destination_name = "db", local_bind_port = 9001, datacenter = "dc2" },
    { destination_name = "cache", local_bind_port = 9002 },
  ] } } }
}
`,
  );
  await facts().files.write(
    "shop-defaults.hcl",
    `Kind = "service-defaults"
Name = "shop"
UpstreamConfig {
  Defaults { MeshGateway { Mode = "local" } }
  Overrides = [{ Name = "db", MeshGateway { Mode = "remote" } }]
}
`,
  );
  const shop = "connect upstreams -sidecar-for shop";
  await runInTurn([
    { run: "services register @shop.hcl", out: "Registered service: shop" },
    { run: "config write @shop-defaults.hcl", out: "Config entry written: service-defaults/shop" },
    {
      run: "config read -kind service-defaults -name shop",
      out: /"Overrides": \[\s+\{\s+"Name": "db",\s+"MeshGateway": \{\s+"Mode": "remote"\s+\}/,
    },
    {
      run: shop,
      out: [
        "Upstream   Listens on      Leads to      Mode    Set by                                                      Meaning",
        'db in dc2  127.0.0.1:9001  db in dc2     remote  service-defaults "shop", UpstreamConfig.Overrides for "db"  through the mesh gateways of dc2',
        'cache      127.0.0.1:9002  cache in dc1  local   service-defaults "shop", UpstreamConfig.Defaults            direct: it is in dc1 too',
      ].join("\n"),
    },
    { run: `${shop} -format=json`, out: /"Mode": "remote",\s+"SetBy": "service-defaults \\"shop\\", UpstreamConfig/ },
    { run: "connect upstreams -proxy-id shop", status: 1, err: /shop is no sidecar proxy/ },
    { run: "connect upstreams", status: 1, err: /^No proxy ID specified/ },
    { run: "services deregister -id shop", out: "Deregistered service: shop" },
  ]);
});

test("connect envoy and connect proxy refuse what they cannot run, in Consul's words", async () => {
  await runInTurn([
    { run: "connect envoy -gateway=bogus -register", status: 1, err: /^Gateway must be one of: / },
    {
      run: "connect envoy -gateway=terminating -register -address 198.51.100.7:8443",
      status: 1,
      err: 'The LAN address "198.51.100.7" will not be bindable. Either set a bindable address or override the bind addresses with -bind-address',
    },
    {
      run: "connect envoy -register -sidecar-for web",
      status: 1,
      err: "Auto-Registration can only be used for gateways",
    },
    {
      run: "connect envoy",
      status: 1,
      err: "No proxy ID specified. One of -proxy-id, -sidecar-for, or -gateway is required",
    },
    { run: "connect proxy -sidecar-for nobody", status: 1, err: "No sidecar proxy registered for nobody" },
  ]);
});

test("a command that does not exist, and an agent that does not answer, are told with exit statuses 127 and 1", async () => {
  await runInTurn([{ run: "bogus", status: 127, err: /^error: unknown command 'bogus'/ }]);
  const address = `127.0.0.1:${await reservePort()}`;
  const { status, err } = await runCauseway(["catalog", "services", `-http-addr=${address}`]);
  expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(`no agent answers at http://${address}`) });
});
