import { describe, expect, test } from "vitest";
import { addressSource } from "../sockaddr/index.ts";
import { type AgentPlan, type PlanInputs, planOf } from "./plan.ts";
import type { AgentSettings } from "./settings.ts";

const ETH0 = { eth0: [{ address: "10.0.0.5", cidr: "10.0.0.5/24", internal: false }] };
const HOST: PlanInputs = { dev: true, natsUrl: undefined, hostname: "box", addresses: addressSource(ETH0, "eth0") };
const plan = (settings: AgentSettings, inputs: Partial<PlanInputs> = {}) => planOf(settings, { ...HOST, ...inputs });
const NATS = { natsUrl: "nats://10.0.0.1:4222" };

test("nothing said is Consul's defaults", () => {
  expect(plan({})).toEqual({
    datacenter: "dc1",
    dataDir: undefined,
    pidFile: undefined,
    acl: undefined,
    controlPlane: true,
    natsUrl: undefined,
    common: {
      CAUSEWAY_DATACENTER: "dc1",
      CAUSEWAY_PRIMARY_DATACENTER: "dc1",
      CAUSEWAY_NODE_NAME: "box",
      CAUSEWAY_LOG_LEVEL: "info",
    },
    agent: {
      CAUSEWAY_HTTP_ADDRESS: "127.0.0.1",
      CAUSEWAY_HTTP_PORT: "8500",
      CAUSEWAY_ADVERTISE_ADDRESS: "10.0.0.5",
      CAUSEWAY_ENABLE_SCRIPT_CHECKS: "false",
      CAUSEWAY_ENABLE_LOCAL_SCRIPT_CHECKS: "false",
      CAUSEWAY_PROMETHEUS_RETENTION_SECONDS: "0",
      CAUSEWAY_LEAVE_ON_TERMINATE: "false",
      CAUSEWAY_SKIP_LEAVE_ON_INTERRUPT: "true",
    },
    ca: {},
    catalog: {},
    warnings: [],
  });
});

/** What one part of a plan must have for some settings. */
const PARTS: readonly { name: string; settings: AgentSettings; part: keyof AgentPlan; has: object }[] = [
  {
    name: "the node",
    settings: { node_name: "n1", node_id: "40E4A748-2192-161A-0510-9BF59FE950B5", node_meta: { rack: "r1" } },
    part: "agent",
    has: { CAUSEWAY_NODE_ID: "40e4a748-2192-161a-0510-9bf59fe950b5", CAUSEWAY_NODE_META: '{"rack":"r1"}' },
  },
  {
    name: "what ends it, and when it is not expected back: to the agent",
    settings: { leave_on_terminate: true, skip_leave_on_interrupt: false },
    part: "agent",
    has: { CAUSEWAY_LEAVE_ON_TERMINATE: "true", CAUSEWAY_SKIP_LEAVE_ON_INTERRUPT: "false" },
  },
  {
    name: "what ends it, and when it is not expected back: to the catalog",
    settings: { reconnect_timeout: "8h" },
    part: "catalog",
    has: { CAUSEWAY_RECONNECT_TIMEOUT_MS: "28800000" },
  },
  {
    name: "a datacenter in capitals",
    settings: { datacenter: "DC1", node_name: "n1", log_level: "ERR" },
    part: "common",
    has: { CAUSEWAY_DATACENTER: "dc1", CAUSEWAY_NODE_NAME: "n1", CAUSEWAY_LOG_LEVEL: "error" },
  },
  {
    name: "one address for clients, by a template",
    settings: { client_addr: '{{ GetInterfaceIP "eth0" }} 127.0.0.1', ports: { http: 18_500 } },
    part: "agent",
    has: { CAUSEWAY_HTTP_ADDRESS: "10.0.0.5,127.0.0.1", CAUSEWAY_HTTP_PORT: "18500" },
  },
  {
    name: "a socket",
    settings: { addresses: { http: "unix:///run/consul.sock" }, unix_sockets: { mode: "0660" } },
    part: "agent",
    has: { CAUSEWAY_HTTP_ADDRESS: "unix:///run/consul.sock", CAUSEWAY_HTTP_SOCKET_MODE: "0660" },
  },
  { name: "a port that is off", settings: { ports: { http: 0 } }, part: "agent", has: { CAUSEWAY_HTTP_PORT: "-1" } },
  {
    name: "HTTPS in the keys of Consul 1.8",
    settings: { ports: { https: 8501 }, ca_file: "ca", cert_file: "c", key_file: "k", verify_incoming_https: true },
    part: "agent",
    has: {
      CAUSEWAY_HTTPS_ADDRESS: "127.0.0.1",
      CAUSEWAY_HTTPS_PORT: "8501",
      CAUSEWAY_TLS_CERT_FILE: "c",
      CAUSEWAY_TLS_KEY_FILE: "k",
      CAUSEWAY_TLS_CA_FILE: "ca",
      CAUSEWAY_TLS_VERIFY_INCOMING: "true",
    },
  },
  {
    name: "HTTPS in the keys of Consul 1.12, of which the nearer win",
    settings: {
      ports: { https: 8501 },
      tls: { defaults: { cert_file: "c", key_file: "k", verify_incoming: true }, https: { verify_incoming: false } },
    },
    part: "agent",
    has: { CAUSEWAY_TLS_CERT_FILE: "c", CAUSEWAY_TLS_VERIFY_INCOMING: "false" },
  },
  {
    name: "ACLs",
    settings: {
      acl: {
        enabled: true,
        default_policy: "deny",
        down_policy: "deny",
        tokens: { master: "root", default: "anyone" },
      },
    },
    part: "agent",
    has: { CAUSEWAY_ACL_DOWN_POLICY: "deny", CAUSEWAY_ACL_DEFAULT_TOKEN: "anyone" },
  },
  {
    name: "the agent's own tokens",
    settings: { acl: { enabled: true, enable_token_persistence: true, tokens: { agent: "node" } } },
    part: "agent",
    has: { CAUSEWAY_ACL_AGENT_TOKEN: "node", CAUSEWAY_ACL_ENABLE_TOKEN_PERSISTENCE: "true" },
  },
  {
    name: "the agent's token as of before Consul 1.4",
    settings: { acl_datacenter: "dc1", acl_agent_token: "node" },
    part: "agent",
    has: { CAUSEWAY_ACL_AGENT_TOKEN: "node" },
  },
  {
    name: "the owner of ACLs",
    settings: { acl: { enabled: true, default_policy: "deny", tokens: { initial_management: "root" } } },
    part: "acl",
    has: { defaultPolicy: "deny", initialManagementToken: "root" },
  },
  {
    name: "ACLs as of before Consul 1.4",
    settings: { acl_datacenter: "dc1", acl_default_policy: "deny", acl_master_token: "root" },
    part: "acl",
    has: { defaultPolicy: "deny", initialManagementToken: "root" },
  },
  {
    name: "every service of ACLs",
    settings: { acl: { enabled: true, default_policy: "deny" } },
    part: "common",
    has: {
      CAUSEWAY_ACL_ENABLED: "true",
      CAUSEWAY_ACL_DEFAULT_POLICY: "deny",
      CAUSEWAY_DEFAULT_POLICY: "deny",
    },
  },
  {
    name: "the CA",
    settings: { connect: { enabled: true, ca_config: { cluster_id: "u", leaf_cert_ttl: "1h", RootCert: "pem" } } },
    part: "ca",
    has: { CAUSEWAY_CA_CONFIG: '{"ClusterID":"u","LeafCertTTL":"1h","RootCert":"pem"}' },
  },
  {
    name: "scripts and metrics",
    settings: { enable_local_script_checks: true, telemetry: { prometheus_retention_time: "1500ms" } },
    part: "agent",
    has: { CAUSEWAY_ENABLE_LOCAL_SCRIPT_CHECKS: "true", CAUSEWAY_PROMETHEUS_RETENTION_SECONDS: "2" },
  },
];
test.each(PARTS)("$name: $part is told of it", ({ settings, part, has }) => {
  expect(plan(settings)[part]).toMatchObject(has);
});

test.each([
  { name: "is that of bind_addr", settings: { bind_addr: "192.0.2.1" }, address: "192.0.2.1" },
  { name: "may be told", settings: { bind_addr: "192.0.2.1", advertise_addr: "192.0.2.2" }, address: "192.0.2.2" },
  { name: "is the host's own where all are bound", settings: { bind_addr: "0.0.0.0" }, address: "10.0.0.5" },
])("the address that others are told $name", ({ settings, address }) => {
  expect(plan(settings).agent["CAUSEWAY_ADVERTISE_ADDRESS"]).toBe(address);
});

test("without a network, loopback is advertised", () => {
  const { agent } = plan({}, { addresses: addressSource({}) });
  expect(agent["CAUSEWAY_ADVERTISE_ADDRESS"]).toBe("127.0.0.1");
});

test.each([
  { name: "a server", settings: { server: true }, inputs: NATS, runs: true },
  { name: "a client on its own NATS", settings: {}, inputs: {}, runs: true },
  { name: "a client on the operator's NATS", settings: {}, inputs: NATS, runs: false },
])("the control plane of $name: $runs", ({ settings, inputs, runs }) => {
  expect(plan({ data_dir: "/d", ...settings }, { dev: false, ...inputs }).controlPlane).toBe(runs);
});

test("HTTPS without a certificate is off, and that is told", () => {
  const { agent, warnings } = plan({ ports: { https: 8501 } });
  expect(agent).not.toHaveProperty("CAUSEWAY_HTTPS_PORT");
  expect(warnings).toEqual(["ports.https is off: it needs a certificate, by cert_file and key_file"]);
});

describe("is refused", () => {
  const cases: readonly { name: string; settings: AgentSettings; inputs?: Partial<PlanInputs>; says: string }[] = [
    { name: "no data folder", settings: {}, inputs: { dev: false }, says: "data_dir cannot be empty" },
    { name: "a bad datacenter", settings: { datacenter: "a b" }, says: 'datacenter cannot be "a b". Please use only' },
    { name: "a primary that is not joined", settings: { primary_datacenter: "dc2" }, says: "CAUSEWAY_NATS_URL" },
    { name: "a bad log level", settings: { log_level: "loud" }, says: "Invalid log level: loud. Valid log levels are" },
    { name: "a port too high", settings: { ports: { http: 65_536 } }, says: "ports.http: invalid port: 65536" },
    {
      name: "a check of clients without a CA",
      settings: { ports: { https: 8501 }, cert_file: "c", key_file: "k", verify_incoming: true },
      says: "VerifyIncoming set, and no CA certificate provided!",
    },
    {
      name: "another CA",
      settings: { connect: { ca_provider: "vault" } },
      says: 'connect.ca_provider must be "consul"',
    },
    {
      name: "a policy that there is not",
      settings: { acl: { enabled: true, default_policy: "maybe" } },
      says: 'acl.default_policy must be "allow" or "deny", not "maybe"',
    },
    { name: "a bad template", settings: { client_addr: "{{ Get" }, says: "Error parsing address" },
  ];
  test.each(cases)("$name", ({ settings, inputs = {}, says }) => {
    expect(() => plan(settings, inputs)).toThrow(says);
  });
});
