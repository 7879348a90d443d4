import { createUser } from "@nats-io/nkeys";
import { expect, test } from "vitest";
import { userKeyOf } from "./user-key.ts";

test("is what the NATS project's library says", () => {
  for (let each = 0; each < 20; each++) {
    const user = createUser();
    const key = userKeyOf(`${Buffer.from(user.getSeed()).toString()}\n`);
    expect(key.publicKey).toBe(user.getPublicKey());
    const nonce = `nonce ${each}`;
    expect(key.sign(nonce)).toBe(Buffer.from(user.sign(Buffer.from(nonce))).toString("base64"));
  }
});
