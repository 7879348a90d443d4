import type { TemporaryDirectory } from "@causeway/testkit";
import { expect } from "vitest";
import type { Mesh } from "../src/index.ts";

/** One command line, and how it must end: exit status 0 unless told, with nothing on the other stream. */
export type Step = {
  readonly run: string;
  readonly status?: number;
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
};

/** Where commands run, and where their files are. */
export type Stage = { readonly mesh: Mesh; readonly files: TemporaryDirectory };

/** Runs commands one after the other; a word that begins with "@" is a file of the test's. */
export async function runInTurn({ mesh, files }: Stage, steps: readonly Step[]): Promise<void> {
  for (const { run, status = 0, out = "", err = "" } of steps) {
    const args = run.split(" ").map((word) => (word.startsWith("@") ? `${files.path}/${word.slice(1)}` : word));
    const result = await mesh.causeway(...args);
    const expected = { run, status, out: matching(out), err: matching(err) };
    expect({ run, status: result.status, out: result.out.trim(), err: result.err.trim() }).toEqual(expected);
  }
}

function matching(text: string | RegExp): unknown {
  return typeof text === "string" ? text : expect.stringMatching(text);
}
