/**
 * Lays rows out in columns `gap` blanks apart, the first row being the heading, without blanks at the ends of lines.
 *
 * Widths are counted in characters; a column is as wide as its widest cell.
 */
export function formatTable(rows: readonly (readonly string[])[], gap = 2): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(" ".repeat(gap))
      .trimEnd(),
  );
  return lines.join("\n");
}
