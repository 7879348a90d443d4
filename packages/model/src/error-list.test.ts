import { expect, test } from "vitest";
import { errorList } from "./error-list.ts";

test("one complaint is counted in the singular", () => {
  expect(errorList(['invalid config key "Bogus"'])).toBe('1 error occurred:\n\t* invalid config key "Bogus"\n\n');
});

test("several complaints get a line each", () => {
  expect(errorList(["a", "b"])).toBe("2 errors occurred:\n\t* a\n\t* b\n\n");
});
