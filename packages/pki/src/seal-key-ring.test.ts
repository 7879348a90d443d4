import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sealedWith } from "./seal.ts";
import { SealKeyRing } from "./seal-key-ring.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seal-keys-"));
  path = join(folder, "ca-seal.key");
});
afterEach(() => rm(folder, { recursive: true }));

describe("SealKeyRing", () => {
  test("makes the first key where there is none, and only when it may", async () => {
    expect(await SealKeyRing.load(path)).toBeUndefined();
    const made = await SealKeyRing.loadOrCreate(path);
    expect(await readdir(folder)).toEqual(["ca-seal.key"]);
    expect((await SealKeyRing.load(path))?.newest).toEqual(made.newest);
  });

  test("opens what was sealed before a key was added, and seals with that one from then on", async () => {
    const ring = await SealKeyRing.loadOrCreate(path);
    const before = await ring.seal("secret", "root");
    await ring.add();
    const after = await ring.seal("secret", "root");
    expect(sealedWith(after)).not.toBe(sealedWith(before));
    expect(sealedWith(after)).toBe(ring.newest.id);
    for (const sealed of [before, after]) expect(await ring.unseal(sealed, "root")).toBe("secret");
  });

  test("of another process, counts at once", async () => {
    const one = await SealKeyRing.loadOrCreate(path);
    const other = await SealKeyRing.loadOrCreate(path);
    await one.add();
    const sealed = await one.seal("secret", "root");
    expect(await other.unseal(sealed, "root")).toBe("secret");
    await one.add();
    expect(sealedWith(await other.seal("secret", "root"))).toBe(one.newest.id);
  });

  test("adds one key, though several processes do so at once", async () => {
    await SealKeyRing.loadOrCreate(path);
    const rings = await Promise.all(Array.from({ length: 10 }, () => SealKeyRing.loadOrCreate(path)));
    await Promise.all(rings.map((ring) => ring.add()));
    expect(new Set(rings.map(({ newest }) => newest.id)).size).toBe(1);
    expect(await readdir(folder)).toEqual(["ca-seal.key", "ca-seal.key.2"]);
  });

  test("seals anew only what another key has sealed", async () => {
    const ring = await SealKeyRing.loadOrCreate(path);
    const sealed = await ring.seal("secret", "root");
    expect(await ring.reseal(sealed, "root")).toBeUndefined();
    await ring.add();
    const renewed = (await ring.reseal(sealed, "root")) ?? "";
    expect(await ring.unseal(renewed, "root")).toBe("secret");
    await expect(ring.reseal(sealed, "another root")).rejects.toMatchObject({ code: "UNSEAL_FAILED" });
  });

  test("forgets all but the newest, and then goes on from there", async () => {
    const ring = await SealKeyRing.loadOrCreate(path);
    const sealed = await ring.seal("secret", "root");
    await ring.add();
    await ring.add();
    expect(ring.olderIds).toHaveLength(2);
    expect(await ring.forgetOlder()).toHaveLength(2);
    expect(await readdir(folder)).toEqual(["ca-seal.key.3"]);
    await expect(ring.unseal(sealed, "root")).rejects.toThrow(`it was sealed with key ${sealedWith(sealed)}`);
    await (await SealKeyRing.loadOrCreate(path)).add();
    expect(await readdir(folder)).toEqual(["ca-seal.key.3", "ca-seal.key.4"]);
  });

  test("takes the highest number for the newest, and no other file for a key", async () => {
    const ring = await SealKeyRing.loadOrCreate(path);
    for (let number = 2; number <= 11; number++) await ring.add();
    for (const name of ["ca-seal.key.1", "ca-seal.key.02", "ca-seal.key.12~", "ca-seal.key.bak", "another.key.99"]) {
      await writeFile(join(folder, name), "no key");
    }
    const read = await SealKeyRing.load(path);
    expect(read?.newest).toEqual(ring.newest);
    expect(read?.olderIds).toEqual(ring.olderIds);
  });

  test("refuses a key that others may read, whichever it is", async () => {
    const ring = await SealKeyRing.loadOrCreate(path);
    await ring.add();
    await chmod(path, 0o644);
    await expect(SealKeyRing.load(path)).rejects.toMatchObject({ code: "SEAL_KEY_EXPOSED" });
  });

  test("loses nothing, in whichever order processes add keys, seal and seal anew", async () => {
    const step = fc.tuple(fc.constantFrom("add", "seal", "reseal"), fc.nat({ max: 1 }));
    const run = async (steps: readonly (readonly [string, number])[]) => {
      await rm(folder, { recursive: true });
      const rings = [await SealKeyRing.loadOrCreate(path), await SealKeyRing.loadOrCreate(path)] as const;
      let sealed = await rings[0].seal("secret", "root");
      for (const [what, which] of steps) {
        const ring = rings[which === 0 ? 0 : 1];
        if (what === "add") await ring.add();
        else if (what === "seal") sealed = await ring.seal("secret", "root");
        else sealed = (await ring.reseal(sealed, "root")) ?? sealed;
      }
      for (const ring of [...rings, await SealKeyRing.load(path)]) {
        expect(await ring?.unseal(sealed, "root")).toBe("secret");
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), run), { numRuns: 25 });
  });
});
