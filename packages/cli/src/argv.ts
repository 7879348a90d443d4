/**
 * Makes Consul's single-dash long flags ("-http-addr", "-name=x") into the double-dash form that the parser knows.
 *
 * One-letter flags stay as they are, and so does everything after "--".
 */
export function normaliseArguments(given: readonly string[]): string[] {
  const end = given.indexOf("--");
  const flags = end === -1 ? given : given.slice(0, end);
  const rest = end === -1 ? [] : given.slice(end);
  return [...flags.map((argument) => (/^-[A-Za-z][\w-]+(=|$)/.test(argument) ? `-${argument}` : argument)), ...rest];
}
