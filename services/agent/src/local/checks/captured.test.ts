import fc from "fast-check";
import { expect, test } from "vitest";
import { Captured } from "./captured.ts";

test("the end of whatever comes in whatever parts is kept, and the rest is told", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary-ascii" })), fc.integer({ min: 1, max: 50 }), (parts, max) => {
      const captured = new Captured(max);
      for (const part of parts) captured.add(Buffer.from(part));
      const all = parts.join("");
      expect(captured.totalBytes).toBe(all.length);
      expect(captured.text).toBe(all.slice(-max));
      const missing = `Captured ${max} of ${all.length} bytes\n...\n${all.slice(-max)}`;
      expect(captured.toldText).toBe(all.length > max ? missing : all);
    }),
  );
});
