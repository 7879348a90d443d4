import { describe, expect, test } from "vitest";
import { type DevFlags, devOptions } from "./options.ts";

const flags = (given: Partial<DevFlags> = {}): DevFlags => ({ httpPort: "8500", ...given });
const OWN_NATS = { CAUSEWAY_NATS_URL: "nats://10.0.0.1:4222" };

describe("the datacenters that come up", () => {
  const cases: readonly { name: string; given?: Partial<DevFlags>; env?: NodeJS.ProcessEnv; expected: string[] }[] = [
    { name: "are two for the demo", expected: ["dc1", "dc2"] },
    { name: "are two when the demo is checked", given: { check: true }, expected: ["dc1", "dc2"] },
    { name: "are one without the demo", given: { empty: true }, expected: ["dc1"] },
    { name: "are one on the operator's own NATS", env: OWN_NATS, expected: ["dc1"] },
    { name: "are two when the variable is empty", env: { CAUSEWAY_NATS_URL: "" }, expected: ["dc1", "dc2"] },
    { name: "are the one that is named", given: { datacenter: ["east"] }, expected: ["east"] },
    { name: "are those named, in that order", given: { datacenter: ["c", "a", "b"] }, expected: ["c", "a", "b"] },
    { name: "are those named without the demo", given: { empty: true, datacenter: ["a", "b"] }, expected: ["a", "b"] },
    { name: "are the one named on an own NATS", given: { datacenter: ["a"] }, env: OWN_NATS, expected: ["a"] },
  ];
  for (const { name, given, env = {}, expected } of cases) {
    test(name, () => expect(devOptions(flags(given), env).datacenters).toEqual(expected));
  }
});

describe("is refused", () => {
  const cases: readonly { name: string; given: Partial<DevFlags>; env?: NodeJS.ProcessEnv; says: string }[] = [
    {
      name: "a name that no service takes",
      given: { datacenter: ["dc1", "DC 2"] },
      says: '--dc "DC 2" is no name of a datacenter: use lower case letters, digits, "-" and "_", such as dc1',
    },
    { name: "a name given twice", given: { datacenter: ["a", "b", "a"] }, says: "--dc a is given twice" },
    {
      name: "one NATS for several",
      given: { datacenter: ["a", "b"] },
      env: OWN_NATS,
      says: "CAUSEWAY_NATS_URL names one NATS, but each of a, b needs its own: unset it, or give one --dc",
    },
    { name: "checking without a demo", given: { check: true, empty: true }, says: "which --empty leaves out" },
    {
      name: "a policy that there is not",
      given: { empty: true, acl: true, aclDefaultPolicy: "refuse" },
      says: '--acl-default-policy must be allow or deny, not "refuse"',
    },
    {
      name: "a management token without ACLs",
      given: { empty: true, aclInitialManagementToken: "root" },
      says: "ACLs are off: give --acl beside --acl-default-policy and --acl-initial-management-token",
    },
    { name: "a port that is none", given: { httpPort: "http" }, says: 'from 0 to 65535, not "http"' },
    { name: "a port that is too high", given: { httpPort: "65536" }, says: 'from 0 to 65535, not "65536"' },
  ];
  for (const { name, given, env = {}, says } of cases) {
    test(name, () => expect(() => devOptions(flags(given), env)).toThrow(says));
  }
});

test("the state is kept where the operator says, and nowhere else", () => {
  expect(devOptions(flags({ dataDir: "/var/lib/mesh" }), {})).toMatchObject({ folder: "/var/lib/mesh", keep: true });
  expect(devOptions(flags(), {})).toMatchObject({ keep: false });
});

test.each([
  { name: "are off", given: {}, acl: undefined },
  {
    name: "allow unless told, and are bootstrapped",
    given: { acl: true },
    acl: { defaultPolicy: "allow", initialManagementToken: undefined },
  },
  {
    name: "deny where that is asked for",
    given: { acl: true, aclDefaultPolicy: "deny", aclInitialManagementToken: "root" },
    acl: { defaultPolicy: "deny", initialManagementToken: "root" },
  },
  {
    name: "deny in the demo, unless told",
    given: { empty: false, acl: true },
    acl: { defaultPolicy: "deny", initialManagementToken: undefined },
  },
])("ACLs $name", ({ given, acl }) => {
  expect(devOptions(flags({ empty: true, ...given }), {}).acl).toEqual(acl);
});
