import { expect, test } from "vitest";
import { normaliseArguments } from "./argv.ts";

test.each([
  [
    ["config", "write", "-cas", "x.hcl"],
    ["config", "write", "--cas", "x.hcl"],
  ],
  [
    ["connect", "envoy", "-gateway=terminating"],
    ["connect", "envoy", "--gateway=terminating"],
  ],
  [
    ["catalog", "nodes", "--format", "json"],
    ["catalog", "nodes", "--format", "json"],
  ],
  [["-h"], ["-h"]],
  [
    ["config", "write", "-"],
    ["config", "write", "-"],
  ],
  [
    ["connect", "envoy", "-register", "--", "-l", "-level"],
    ["connect", "envoy", "--register", "--", "-l", "-level"],
  ],
  [
    ["services", "register", '-address={{ GetInterfaceIP "eth0" }}'],
    ["services", "register", '--address={{ GetInterfaceIP "eth0" }}'],
  ],
])("%j is read as %j", (given, expected) => expect(normaliseArguments(given)).toEqual(expected));
