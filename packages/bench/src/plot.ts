import type { Column, Table } from "./table.ts";

const WIDTH = 640;
const LABELS_WIDTH = 170;
const LONGEST_BAR = 380;
const LINE_HEIGHT = 20;
const BAR_HEIGHT = 14;

/**
 * The columns of a table that are to be plotted as an SVG picture: bars for each of them, the longest for the largest value. Undefined
 * where there is nothing to plot.
 */
export function renderPlot(table: Table): string | undefined {
  const panels = table.columns
    .flatMap((column, at) => (column.plotted === true ? [panel(table, column, at)] : []))
    .flat();
  if (panels.length === 0) return undefined;
  const lines = [text(0, table.title, "bold"), ...panels];
  const placed = lines.map((line, at) => `<g transform="translate(10 ${(at + 1) * LINE_HEIGHT})">${line}</g>`);
  const height = (lines.length + 1) * LINE_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...placed,
    "</svg>",
    "",
  ].join("\n");
}

/** A heading, and one bar for each row that has a value. */
function panel({ rows }: Table, { heading, decimals }: Column, at: number): readonly string[] {
  const bars = rows.flatMap(({ name, values }) => {
    const value = values[at];
    return value === undefined || Number.isNaN(value) ? [] : [{ name, value }];
  });
  const largest = Math.max(...bars.map(({ value }) => value));
  return [
    text(0, heading, "bold"),
    ...bars.map(({ name, value }) => {
      const length = largest > 0 ? Math.max(0, (value / largest) * LONGEST_BAR) : 0;
      const bar = `<rect x="${LABELS_WIDTH}" y="${2 - BAR_HEIGHT}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" fill="steelblue"/>`;
      return text(0, name) + bar + text(LABELS_WIDTH + length + 6, value.toFixed(decimals));
    }),
  ];
}

function text(x: number, content: string, weight = "normal"): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<text x="${x.toFixed(1)}" font-weight="${weight}">${escaped}</text>`;
}
