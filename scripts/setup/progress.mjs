/**
 * Says on standard error what takes its time, and how long it took.
 *
 * @template T
 * @param {string} what What is being done, such as "fetching Node".
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(what, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`${what} ...`);
  const reminder = setInterval(() => say(`${what} ... ${seconds()} so far`), 15_000);
  try {
    const result = await work();
    say(`${what}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/**
 * One line for the user. Standard output belongs to the command that was asked for.
 *
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`causeway: ${text}\n`);
}

/**
 * The end of what a command wrote, for an error message.
 *
 * @param {string} output
 */
export function lastLines(output) {
  return output.trimEnd().split("\n").slice(-20).join("\n");
}
