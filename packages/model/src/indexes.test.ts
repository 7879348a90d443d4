import { describe, expect, test } from "vitest";
import { withIndexes } from "./indexes.ts";

const at = (CreateIndex: number, ModifyIndex: number) => ({ CreateIndex, ModifyIndex });

describe("withIndexes", () => {
  test("gives a record's own zeros the revision of its entry", () => {
    expect(withIndexes({ Name: "tgw", ...at(0, 0) }, 7)).toEqual({ Name: "tgw", ...at(7, 7) });
  });

  test("leaves what is known already", () => {
    expect(withIndexes({ Name: "tgw", ...at(3, 0) }, 7)).toEqual({ Name: "tgw", ...at(3, 7) });
  });

  test("resolves each part of an instance by itself", () => {
    const record = { Node: at(1, 2), Service: at(4, 0), Checks: [at(5, 5), at(0, 0)], NodeChecks: [at(1, 1)] };
    const read = { Node: at(1, 2), Service: at(4, 9), Checks: [at(5, 5), at(9, 9)], NodeChecks: [at(1, 1)] };
    expect(withIndexes(record, 9)).toEqual(read);
  });

  test("gives the same object when there is nothing to resolve", () => {
    const record = { Node: at(1, 2), Checks: [at(5, 5)] };
    expect(withIndexes(record, 9)).toBe(record);
  });

  test("does not look into configuration that only looks like a part", () => {
    const record = { Config: at(0, 0), ...at(1, 1) };
    expect(withIndexes(record, 9)).toBe(record);
  });

  test("leaves a name alone where other records have a part", () => {
    expect(withIndexes({ Service: "api", ...at(0, 0) }, 2)).toEqual({ Service: "api", ...at(2, 2) });
  });
});
