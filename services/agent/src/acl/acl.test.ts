import { ANONYMOUS_ACCESSOR_ID } from "@causeway/model";
import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import type { Source } from "../source.ts";
import { Acl } from "./acl.ts";
import { AclView } from "./acl-view.ts";
import { OwnTokens } from "./own-tokens.ts";

const NOTHING = { query: new URLSearchParams(), headers: {} };

/** ACLs with the anonymous token alone, read already or not. */
function aclsOf(aclDownPolicy: "allow" | "deny" | "extend-cache", current: boolean): Acl {
  const view = new AclView({ datacenter: "dc1", defaultPolicy: "deny" });
  const identities = { Policies: [], Roles: [], ServiceIdentities: [], NodeIdentities: [] };
  const token = { AccessorID: ANONYMOUS_ACCESSOR_ID, SecretID: "anonymous", CreateTime: "", ...identities };
  const value = { ...token, Description: "", Hash: "", CreateIndex: 0, ModifyIndex: 0 };
  view.apply({ kind: "token", names: [ANONYMOUS_ACCESSOR_ID], revision: 1, record: { value, revision: 1 } });
  const source = {
    current,
    get view() {
      if (!current) throw new Error("not read yet");
      return view;
    },
  } as Source<AclView>;
  return new Acl(source, new OwnTokens({}), { aclDefaultPolicy: "deny", aclDownPolicy }, new FakeClock());
}

test.each([
  { down: "allow", current: false, may: true },
  { down: "deny", current: false, may: false },
  { down: "extend-cache", current: false, may: "not read yet" },
  { down: "allow", current: true, may: false },
] as const)("while ACLs were read: $current, down policy $down: $may", ({ down, current, may }) => {
  const asked = () => aclsOf(down, current).accessOf(NOTHING).authorizer.may("service:read", "web");
  if (typeof may === "string") expect(asked).toThrow(may);
  else expect(asked()).toBe(may);
});
