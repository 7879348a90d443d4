import { buffer, text } from "node:stream/consumers";
import { runCommandLine } from "./program.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  outBytes: (bytes) => void process.stdout.write(Buffer.concat([bytes, Buffer.from("\n")])),
  err: (line) => void process.stderr.write(`${line}\n`),
  readStdin: () => text(process.stdin),
  readStdinBytes: () => buffer(process.stdin),
});
