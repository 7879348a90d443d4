/**
 * Several complaints as one text, in the form that Consul's clients know: a count, then one line each.
 *
 * @see https://pkg.go.dev/github.com/hashicorp/go-multierror
 */
export function errorList(errors: readonly string[]): string {
  const head = errors.length === 1 ? "1 error occurred:" : `${errors.length} errors occurred:`;
  return `${head}\n${errors.map((error) => `\t* ${error}\n`).join("")}\n`;
}

/** A text in double quotes, as Go's %q writes it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
