/** What one part of the benchmark found, one row for each of those who are compared. */
export type Table = {
  readonly title: string;
  /** What the rows are: "proxy", "instances" or the like. */
  readonly of: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
};

/** A thing measured; its unit stands in the heading. */
export type Column = {
  readonly heading: string;
  readonly decimals: number;
  /** Whether it is drawn as bars; false unless told. */
  readonly plotted?: boolean;
};

/** One of those compared; undefined was not measured. */
export type Row = { readonly name: string; readonly values: readonly (number | undefined)[] };

/** The table as text for terminals, which is Markdown as well. */
export function renderTable({ title, of, columns, rows }: Table): string {
  const body = rows.map(({ name, values }) => [
    name,
    ...columns.map(({ decimals }, index) => renderNumber(values[index], decimals)),
  ]);
  return renderCells(title, [of, ...columns.map(({ heading }) => heading)], body);
}

/** Cells under a heading, in columns as wide as they must be; the first is aligned to the left, the others to the right. */
export function renderCells(title: string, head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = [head, ...body];
  const widths = head.map((_, at) => Math.max(3, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => pad(cell, widths[at] ?? 0, at)).join(" | ")} |`;
  const rule = `|${widths.map((width, at) => (at === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [`### ${title}`, "", line(head), rule, ...body.map(line), ""].join("\n");
}

/** A number as people read it; a dash where there is none. */
export function renderNumber(value: number | undefined, decimals: number): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, at: number): string {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}
