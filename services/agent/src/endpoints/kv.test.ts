import { expect, test } from "vitest";
import { keyNames } from "./kv.ts";

const KEYS = ["a", "dir/", "dir/one", "dir/sub/x", "dir/sub/y", "dirt"].map((key) => ({ key }));

test.each<readonly [what: string, prefix: string, separator: string, names: readonly string[]]>([
  ["all, without a separator", "", "", ["a", "dir/", "dir/one", "dir/sub/x", "dir/sub/y", "dirt"]],
  ["cut off after the first separator, each once", "", "/", ["a", "dir/", "dirt"]],
  ["cut off after the first separator behind the prefix", "dir/", "/", ["dir/", "dir/one", "dir/sub/"]],
  ["that have no separator behind the prefix", "dir/sub/", "/", ["dir/sub/x", "dir/sub/y"]],
  ["cut off by a separator that is a word", "", "sub", ["a", "dir/", "dir/one", "dir/sub", "dirt"]],
])("names of keys: %s", (_, prefix, separator, names) => {
  const under = KEYS.filter(({ key }) => key.startsWith(prefix));
  expect(keyNames(under, prefix, separator)).toEqual(names);
});
