import { expect, test } from "vitest";
import { judge, renderTargets } from "./targets.ts";

function part(title: string, heading: string, rows: Readonly<Record<string, number>>) {
  const table = {
    title,
    of: "proxy",
    columns: [{ heading, decimals: 2 }],
    rows: Object.entries(rows).map(([name, value]) => ({ name, values: [value] })),
  };
  return { name: "part", seconds: 1, tables: [table] };
}

test("a ratio is told beside its limit, with the two numbers that it is made of", () => {
  const ours = part("SNI passthrough", "CPU s/GB up", { "Causeway, splice": 0.4, "HAProxy 2.6.12": 0.8, "nginx 1": 2 });
  const [besideHaproxy, , besideNginx] = judge([ours]);
  expect(besideHaproxy).toMatchObject({ limit: 0.3, measured: 0.5, of: [0.4, 0.8], met: false });
  expect(besideNginx).toMatchObject({ limit: 0.3, measured: 0.2, of: [0.4, 2], met: true });
  const text = renderTargets(judge([ours]));
  expect(text).toContain("| SNI passthrough: CPU s/GB up, of HAProxy's ");
  expect(text).toMatch(/0\.50 \| +0\.40 \/ 0\.80 \| +0\.30 \| missed by 0\.20 \(67 %\) \|/);
  expect(text).toMatch(/0\.20 \| +0\.40 \/ 2\.00 \| +0\.30 \| +met \|/);
});

test("where a peer is absent nothing is judged", () => {
  const alone = part("SNI passthrough", "CPU s/GB up", { "Causeway, splice": 0.4 });
  expect(judge([alone]).every(({ met }) => met === undefined)).toBe(true);
  expect(renderTargets(judge([alone]))).toContain("not measured");
});

test("what one change costs is compared with what it costs among few", () => {
  const costs = part("One register by the number of instances", "CPU ms", { "1,000": 2, "100,000": 3 });
  expect(judge([costs]).find(({ met }) => met !== undefined)).toMatchObject({ measured: 1.5, limit: 1.5, met: true });
});
