import { expect, test } from "vitest";
import { type ConnectionFlags, connectionOf } from "./connection.ts";

type Case = {
  readonly fact: string;
  readonly flags?: ConnectionFlags;
  readonly env?: Record<string, string>;
  readonly expected: Record<string, unknown>;
};

const CASES: readonly Case[] = [
  {
    fact: "without anything, the agent of this machine",
    expected: { name: "http://127.0.0.1:8500", token: undefined },
  },
  {
    fact: "a flag wins over a variable",
    flags: { httpAddr: "10.0.0.1:1", token: "flag" },
    env: { CONSUL_HTTP_ADDR: "10.0.0.2:2", CAUSEWAY_HTTP_TOKEN: "variable" },
    expected: { name: "http://10.0.0.1:1", token: { text: "flag" } },
  },
  {
    fact: "CAUSEWAY_* wins over CONSUL_*",
    env: { CONSUL_HTTP_ADDR: "10.0.0.2:2", CAUSEWAY_HTTP_ADDR: "10.0.0.3:3" },
    expected: { name: "http://10.0.0.3:3" },
  },
  {
    fact: "the file of a token wins over its text",
    env: { CONSUL_HTTP_TOKEN: "text", CONSUL_HTTP_TOKEN_FILE: "/run/token" },
    expected: { token: { file: "/run/token" } },
  },
  {
    fact: "a token in a flag wins over a file in a variable",
    flags: { token: "flag" },
    env: { CONSUL_HTTP_TOKEN_FILE: "/run/token" },
    expected: { token: { text: "flag" } },
  },
  { fact: "an empty token is none", env: { CONSUL_HTTP_TOKEN: "" }, expected: { token: undefined } },
  {
    fact: "a URL is taken as it is",
    flags: { httpAddr: "https://agent:8501" },
    expected: { name: "https://agent:8501" },
  },
  {
    fact: "a port alone is one of this machine",
    flags: { httpAddr: ":18500" },
    expected: { name: "http://127.0.0.1:18500" },
  },
  {
    fact: "a port alone may have a scheme",
    flags: { httpAddr: "https://:18501" },
    expected: { name: "https://127.0.0.1:18501" },
  },
  {
    fact: "CONSUL_HTTP_SSL asks for TLS, whatever the address says",
    env: { CONSUL_HTTP_ADDR: "http://agent:8501", CONSUL_HTTP_SSL: "true" },
    expected: { name: "https://agent:8501" },
  },
  {
    fact: "a unix socket",
    env: { CONSUL_HTTP_ADDR: "unix:///run/agent.sock" },
    expected: { name: "unix:///run/agent.sock", socketPath: "/run/agent.sock" },
  },
  {
    fact: "TLS files and names",
    flags: { caFile: "ca.pem", tlsServerName: "server.dc1.consul" },
    env: { CONSUL_CACERT: "other.pem", CONSUL_CLIENT_CERT: "c.pem", CONSUL_CLIENT_KEY: "k.pem" },
    expected: {
      tls: {
        caFile: "ca.pem",
        caPath: undefined,
        certFile: "c.pem",
        keyFile: "k.pem",
        serverName: "server.dc1.consul",
        verify: true,
      },
    },
  },
  {
    fact: "checking certificates can be turned off",
    env: { CONSUL_HTTP_SSL_VERIFY: "false" },
    expected: { tls: expect.objectContaining({ verify: false }) },
  },
];

test.each(CASES)("$fact", ({ flags = {}, env = {}, expected }) => {
  expect(connectionOf(flags, env)).toMatchObject(expected);
});

test.each([
  { env: { CONSUL_HTTP_ADDR: "http://" }, text: '"http://" is no address of an agent' },
  { env: { CONSUL_HTTP_ADDR: "ftp://agent" }, text: '"ftp://agent" is no address of an agent' },
  { env: { CONSUL_HTTP_SSL: "yes" }, text: 'CONSUL_HTTP_SSL must be true or false, not "yes"' },
])("what makes no sense is refused: $text", ({ env, text }) => {
  expect(() => connectionOf({}, env)).toThrow(text);
});
