/**
 * `npm run bench`: measures, prints tables, and writes them as JSON into .causeway/bench.
 *
 * @module
 */
import { readCommandLine } from "./command-line.ts";
import { machine } from "./machine.ts";
import type { Part, PartOptions } from "./part.ts";
import { PARTS } from "./parts.ts";
import { type Report, writeReport } from "./report.ts";
import { renderTable } from "./table.ts";
import { judge, renderTargets } from "./targets.ts";

/** Exit status of a command line that makes no sense (sysexits.h EX_USAGE). */
const EX_USAGE = 64;

const HELP = `npm run bench -- [--only <part>[,<part>…]] [--small] [--profile]

${PARTS.map(({ name, summary }) => `  ${name.padEnd(13)} ${summary}`).join("\n")}

  --only        runs these parts, and no others
  --small       shows in little time that the parts work; the numbers mean little
  --profile     has passthrough and termination tell where processor time goes, by Linux's perf, rather than how much it is

Examples:

  npm run bench                                     all parts, in about ten minutes
  npm run bench -- --only passthrough,termination   the data plane beside its peers
  npm run bench -- --only termination --profile     where a handshake's time goes
  npm run bench -- --small                          every part works here

The peers are Debian's packages, and skipped where they are absent: apt-get install haproxy nginx-light libnginx-mod-stream
Tables and targets are printed, and written with the pictures into .causeway/bench.
`;

async function main(): Promise<number> {
  const command = readCommandLine(
    process.argv.slice(2),
    PARTS.map(({ name }) => name),
  );
  switch (command.kind) {
    case "help":
      process.stdout.write(HELP);
      return 0;
    case "wrong":
      process.stderr.write(`${command.reason}\n\n${HELP}`);
      return EX_USAGE;
    case "run":
      return await run(
        PARTS.filter(({ name }) => command.parts.includes(name)),
        command,
      );
  }
}

/** Runs the parts; one that fails does not keep the others from being run. */
async function run(parts: readonly Part[], { scale, profiles }: Omit<PartOptions, "say">): Promise<number> {
  const done: Report["parts"][number][] = [];
  for (const part of parts) {
    const startedMs = performance.now();
    try {
      const tables = await part.run({ scale, profiles, say });
      done.push({ name: part.name, seconds: (performance.now() - startedMs) / 1e3, tables });
      for (const table of tables) process.stdout.write(`${renderTable(table)}\n`);
    } catch (error) {
      process.stderr.write(`${part.name} failed: ${error instanceof Error ? error.stack : String(error)}\n\n`);
    }
  }
  const targets = judge(done);
  if (!profiles) process.stdout.write(`${renderTargets(targets)}\n`);
  say(`written to ${await writeReport({ machine: machine(), scale, parts: done, targets })}`);
  return done.length === parts.length ? 0 : 1;
}

/** Progress is for whoever watches, and no part of the tables. */
function say(progress: string): void {
  process.stderr.write(`bench: ${progress}\n`);
}

process.exitCode = await main();
