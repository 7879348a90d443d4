/**
 * Exits with 0 when the process in this container is ready, with 1 and the reason when it is not: what HEALTHCHECK runs, since there is
 * no shell and no curl. It asks the admin port that the process itself was told.
 */
const port = process.env.CAUSEWAY_ADMIN_PORT ?? "19000";
const url = `http://127.0.0.1:${port}/readyz`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (!response.ok) fail(`${url} answered ${response.status}: ${await response.text()}`);
} catch (error) {
  fail(`${url} did not answer: ${error.cause?.message ?? error.message}`);
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
