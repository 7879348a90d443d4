import { describe, expect, test } from "vitest";
import { fieldPath, parseConfigText, parseHcl, parseWithPositions } from "./document.ts";
import type { HclObject } from "./nodes.ts";

const values: readonly { readonly name: string; readonly text: string; readonly value: HclObject }[] = [
  { name: "an empty file is an empty object", text: " # nothing\n", value: {} },
  { name: "keys are bare, dotted, quoted", text: 'a = 1\nb.c-d = 2\n"e f" = 3', value: { a: 1, "b.c-d": 2, "e f": 3 } },
  { name: "keys may have letters of any script", text: "Größe = 1", value: { Größe: 1 } },
  { name: "items stand on one line, with commas or without", text: "a = 1 b = 2, c = 3", value: { a: 1, b: 2, c: 3 } },
  {
    name: "integers are decimal, hexadecimal or octal",
    text: "a = -5\nb = 0x1F\nc = 010",
    value: { a: -5, b: 31, c: 8 },
  },
  { name: "floats", text: "a = 1.5e3\nb = .5\nc = 2.", value: { a: 1500, b: 0.5, c: 2 } },
  { name: "booleans", text: "a = true\nb = false", value: { a: true, b: false } },
  { name: "escapes", text: String.raw`a = "\t\"\\\u00e9\U0001F600\101"`, value: { a: '\t"\\é😀A' } },
  { name: "\\x is a byte of UTF-8", text: String.raw`a = "\xc3\xa9"`, value: { a: "é" } },
  {
    name: "interpolations are taken as they are",
    text: String.raw`a = "x${"$"}{f("y\n")}z"`,
    value: { a: `x$\{f("y\\n")}z` },
  },
  { name: "lists may end in a comma", text: "a = [1, [2], { b = 3 },]", value: { a: [1, [2], { b: 3 }] } },
  { name: "a heredoc keeps its lines", text: "a = <<EOF\none\n  two\nEOF\nb = 1", value: { a: "one\n  two\n", b: 1 } },
  {
    name: "an indented heredoc loses the indentation",
    text: "a = <<-E\n  one\n    two\n  E\n",
    value: { a: "one\n  two\n" },
  },
  { name: "an indented heredoc keeps ragged lines", text: "a = <<-E\n  one\ntwo\n  E\n", value: { a: "  one\ntwo\n" } },
  { name: "a heredoc may end with the file", text: "a = <<EOF\none\nEOF", value: { a: "one\n" } },
  {
    name: "a single block is an object",
    text: 'MeshGateway {\n  Mode = "local"\n}',
    value: { MeshGateway: { Mode: "local" } },
  },
  { name: "repeated blocks are a list", text: "s { a = 1 }\ns { a = 2 }", value: { s: [{ a: 1 }, { a: 2 }] } },
  { name: "a list and a block add up", text: "s = [{ a = 1 }]\ns { a = 2 }", value: { s: [{ a: 1 }, { a: 2 }] } },
  { name: "a list of one stays a list", text: "s = [{ a = 1 }]", value: { s: [{ a: 1 }] } },
  { name: "labels nest", text: 'service "web" { policy = "write" }', value: { service: { web: { policy: "write" } } } },
  { name: "labels repeat", text: 'k "" { a = 1 }\nk b { a = 2 }', value: { k: [{ "": { a: 1 } }, { b: { a: 2 } }] } },
  { name: "of a value given twice the last counts", text: "a = 1\na = 2", value: { a: 2 } },
  { name: "Windows line ends and byte order mark", text: "\uFEFFa = <<E\r\nx\r\nE\r\n", value: { a: "x\n" } },
];

describe("HCL values", () => {
  for (const { name, text, value } of values) {
    test(name, () => expect(parseHcl(text)).toEqual(value));
  }

  test("__proto__ is a key like any other", () => {
    const value = parseHcl("__proto__ { polluted = true }");
    expect(Object.hasOwn(value, "__proto__")).toBe(true);
    expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined();
  });
});

const upstreams = `
# A sidecar with two upstreams.
service {
  name = "web-sidecar-proxy"
  kind = "connect-proxy" // as Consul names it
  port = 8181
  proxy {
    destination_service_name = "web"
    upstreams = [
      {
        destination_name = "api"
        local_bind_port = 10000
        mesh_gateway {
          mode = "remote"
        }
      },
      { destination_name = "db", local_bind_port = 10001 },
    ]
  }
}
`;

describe("configuration texts", () => {
  test("a service definition comes out as Consul reads it", () => {
    expect(parseConfigText(upstreams)).toEqual({
      service: {
        name: "web-sidecar-proxy",
        kind: "connect-proxy",
        port: 8181,
        proxy: {
          destination_service_name: "web",
          upstreams: [
            { destination_name: "api", local_bind_port: 10000, mesh_gateway: { mode: "remote" } },
            { destination_name: "db", local_bind_port: 10001 },
          ],
        },
      },
    });
  });

  test("a text that begins with a brace is JSON", () => {
    expect(parseConfigText(' \n{"Kind": "mesh", "Meta": null}')).toEqual({ Kind: "mesh", Meta: null });
  });
});

describe("positions", () => {
  const { lineOf } = parseWithPositions(upstreams);
  const lines = [
    { path: ["service"], line: 3 },
    { path: ["service", "proxy", "upstreams"], line: 9 },
    { path: ["service", "proxy", "upstreams", 0], line: 10 },
    { path: ["service", "proxy", "upstreams", 0, "mesh_gateway", "mode"], line: 14 },
    { path: ["service", "proxy", "upstreams", 1, "local_bind_port"], line: 17 },
    { path: ["Service", "Proxy", "DestinationServiceName"], line: 8 },
    { path: ["service", 0, "name"], line: 4 },
    { path: ["service", "proxy", "upstreams", 1, "missing"], line: 17 },
    { path: ["missing", "name"], line: undefined },
    { path: [], line: undefined },
  ];
  for (const { path, line } of lines) {
    test(`${path.join(".") || "nothing"} is on line ${line}`, () => expect(lineOf(path)).toBe(line));
  }

  test("a repeated block is found where it stands", () => {
    const document = parseWithPositions('Services {\n  Name = "a"\n}\nServices {\n  Bogus = 1\n}');
    expect(document.lineOf(fieldPath("Services[1]"))).toBe(4);
    expect(document.lineOf(fieldPath("Services[1].Bogus"))).toBe(5);
  });

  test("JSON has positions too", () => {
    const { lineOf } = parseWithPositions('{\n "Services": [\n  {"Name": "a"},\n  {"Bogus": 1}\n ]\n}');
    expect(lineOf(["Services", 1, "Bogus"])).toBe(4);
  });

  test("a field name is split into its path", () => {
    expect(fieldPath("Services[0].TLS.CAFile")).toEqual(["Services", 0, "TLS", "CAFile"]);
  });
});
