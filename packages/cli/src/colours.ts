import picocolors from "picocolors";

/**
 * Colours for what people read: on where both output streams are a terminal, or FORCE_COLOR asks for them, and off where NO_COLOR does.
 *
 * The library's own guess is not taken: it also colours wherever CI is set, and so what scripts read.
 *
 * @see https://no-color.org
 */
export const colours = picocolors.createColors(wanted(process.env));

function wanted(env: NodeJS.ProcessEnv): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "0") !== "0") return true;
  return process.stdout.isTTY === true && process.stderr.isTTY === true;
}
