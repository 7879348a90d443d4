import { describe, expect, test } from "vitest";
import { createLogger, type LogFormat } from "./log.ts";

const PRIVATE_KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n";

function captured(format: LogFormat = "json") {
  const lines: string[] = [];
  const log = createLogger({ service: "catalog", level: "debug", format, write: (line) => lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "{}") };
}

describe("a JSON line", () => {
  test("has time, level, service, the constant message and the facts as fields", () => {
    const { log, last } = captured();
    log.info({ node: "n1", count: 3 }, "registered");
    expect(last()).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: "catalog",
      node: "n1",
      count: 3,
      msg: "registered",
    });
  });

  const hidden = [
    { name: "token", fields: { token: "s3cret" } },
    { name: "SecretID", fields: { SecretID: "s3cret" } },
    { name: "secret_id in a list", fields: { tokens: [{ secret_id: "s3cret" }] } },
    { name: "an Authorization header", fields: { headers: { Authorization: "Bearer s3cret" } } },
    { name: "an X-Consul-Token header", fields: { request: { headers: { "x-consul-token": "s3cret" } } } },
    { name: "agentToken", fields: { config: { agentToken: "s3cret" } } },
    { name: "a password", fields: { password: "s3cret" } },
    { name: "privateKey", fields: { privateKey: "s3cret" } },
    { name: "a secret in a map", fields: { kept: new Map([["token", "s3cret"]]) } },
    { name: "a secret fact of an error", fields: { error: Object.assign(new Error("no"), { token: "s3cret" }) } },
    {
      name: "a secret fact of an error's cause",
      fields: { error: new Error("no", { cause: Object.assign(new Error("why"), { token: "s3cret" }) }) },
    },
  ];
  for (const { name, fields } of hidden) {
    test(`hides ${name}`, () => {
      const { log, lines } = captured();
      log.info(fields, "seen");
      expect(lines.join()).not.toContain("s3cret");
      expect(lines.join()).toContain("[hidden]");
    });
  }

  test("hides a private key whatever its field is called, and in an error's message", () => {
    const { log, lines } = captured();
    log.info({ key: PRIVATE_KEY, pem: [PRIVATE_KEY], error: new Error(PRIVATE_KEY) }, "seen");
    log.error(new Error(`bad key ${PRIVATE_KEY.slice(0, 50)}`));
    expect(lines.join()).not.toContain("MHcCAQEE");
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(["info", "error"]);
  });

  test("hides the credentials of a URL, and nothing else of it", () => {
    const { log, last } = captured();
    const natsUrl = "nats://app:s3cret@one:4222,nats://s3cret@two:4222,nats://three:4222";
    log.info({ natsUrl, error: new Error("cannot reach nats://app:s3cret@one:4222"), mail: "a@b.c" }, "seen");
    expect(last()).toMatchObject({
      natsUrl: "nats://[hidden]@one:4222,nats://[hidden]@two:4222,nats://three:4222",
      error: { message: "cannot reach nats://[hidden]@one:4222" },
      mail: "a@b.c",
    });
  });

  test("shows the key of a record, the name of a token's owner, and a secret that is not set", () => {
    const { log, last } = captured();
    log.info({ key: "web.i1", tokenAccessor: "abc", token: "" }, "seen");
    expect(last()).toMatchObject({ key: "web.i1", tokenAccessor: "abc", token: "" });
  });

  test("gives an error with its type, message, code, stack and cause", () => {
    const { log, last } = captured();
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    log.warn({ error: new TypeError("cannot dial", { cause }) }, "dial failed");
    expect(last().error).toMatchObject({
      type: "TypeError",
      message: "cannot dial",
      stack: expect.stringContaining("log.test.ts"),
      cause: { type: "Error", message: "refused", code: "ECONNREFUSED" },
    });
  });

  test("gives every error of several, and no end of causes", () => {
    const { log, last } = captured();
    const circle = new Error("round");
    circle.cause = circle;
    log.warn({ error: new AggregateError([new Error("::1 refused"), circle]) }, "dial failed");
    expect(last().error.errors).toMatchObject([
      { message: "::1 refused" },
      { message: "round", cause: { message: "round" } },
    ]);
  });

  test("hides what a child logger, and a child of that, was given for all its lines", () => {
    const { log, last } = captured();
    log
      .child({ token: "s3cret", node: "n1" })
      .child({ request: { password: "s3cret" } })
      .info("seen");
    expect(last()).toMatchObject({
      service: "catalog",
      node: "n1",
      token: "[hidden]",
      request: { password: "[hidden]" },
    });
  });

  test("can be written of anything: cycles, bytes, big numbers", () => {
    const { log, last } = captured();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    log.info({ cycle, bytes: new Uint8Array(5), big: 2n ** 70n, missing: undefined }, "seen");
    expect(last()).toMatchObject({ bytes: "[5 bytes]", big: String(2n ** 70n) });
  });

  test("is not written below the level", () => {
    const { log, lines } = captured();
    log.trace("quiet");
    expect(lines).toEqual([]);
  });
});

describe("a text line", () => {
  test("has the time of day, level, service, message and facts", () => {
    const { log, lines } = captured("text");
    log.info({ node: "n1", note: "two words", list: [1, 2] }, "registered");
    expect(plain(lines[0])).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}INFO {3}catalog {2}registered {2}node=n1 {2}note="two words" {2}list=\[1,2\]\n$/,
    );
  });

  test("has an error's stack on lines of its own", () => {
    const { log, lines } = captured("text");
    log.error({ error: new Error("boom") }, "failed");
    expect(plain(lines[0])).toMatch(/ERROR {2}catalog {2}failed {2}error="Error: boom"\n {4}at .*log\.test\.ts/);
  });

  test("hides secrets as a JSON line does", () => {
    const { log, lines } = captured("text");
    log.info({ token: "s3cret" }, "seen");
    expect(plain(lines[0])).toContain("token=[hidden]");
  });
});

/** Without colours, which a terminal may have been given. */
function plain(line = ""): string {
  return line.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "");
}

describe("facts that are JSON already", () => {
  const facts = { id: 7, reason: 'a "quoted" word', address: "nats://me:s3cret@host", nested: [{ n: 1 }] };
  const json = JSON.stringify(facts);

  test("stand in a line like that of facts which are not", () => {
    const { lines, log } = captured();
    log.info(facts, "closed");
    log.infoRendered(json, "closed");
    log.infoRendered("{}", "closed");
    const withoutTime = lines.map((line) => line.replace(/"time":"[^"]+"/, '"time":""'));
    expect(withoutTime[1]).toBe(withoutTime[0]);
    expect(withoutTime[1]).not.toContain("s3cret");
    expect(withoutTime[2]).toBe('{"level":"info","time":"","service":"catalog","msg":"closed"}\n');
  });

  test("are not for child loggers, whose own facts they would lack", () => {
    expect(captured().log.child({ part: "a" })).toHaveProperty("infoRendered", undefined);
  });

  test("are left out with their level", () => {
    const lines: string[] = [];
    const log = createLogger({ service: "catalog", level: "warn", format: "json", write: (line) => lines.push(line) });
    log.infoRendered(json, "closed");
    expect(lines).toEqual([]);
  });
});
