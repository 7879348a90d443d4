import { createUser } from "@nats-io/nkeys";
import { expect, test } from "vitest";
import { publicKeyOf } from "./public-key.ts";

test("is what the NATS project's library says", () => {
  for (let each = 0; each < 20; each++) {
    const user = createUser();
    expect(publicKeyOf(`${Buffer.from(user.getSeed()).toString()}\n`)).toBe(user.getPublicKey());
  }
});
