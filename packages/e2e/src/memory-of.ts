import { open, readFile } from "node:fs/promises";

/** Read so much at a time; what is looked for may lie across two pieces. */
const PIECE_BYTES = 4 * 1_048_576;

/**
 * Which of these secrets can be found in the writable memory of a process, byte by byte. Memory that cannot be read is passed over.
 *
 * @see https://www.kernel.org/doc/html/latest/filesystems/proc.html
 */
export async function foundInMemory(pid: number, secrets: readonly Buffer[]): Promise<readonly Buffer[]> {
  const overlap = Math.max(...secrets.map(({ length }) => length)) - 1;
  const found = new Set<Buffer>();
  await using memory = await open(`/proc/${pid}/mem`, "r");
  const piece = Buffer.alloc(PIECE_BYTES + overlap);
  for (const [start, end] of await writableRanges(pid)) {
    for (let at = start; at < end; at += PIECE_BYTES) {
      const length = Math.min(piece.length, end - at);
      const { bytesRead } = await memory.read(piece, 0, length, at).catch(() => ({ bytesRead: 0 }));
      const read = piece.subarray(0, bytesRead);
      for (const secret of secrets) if (read.includes(secret)) found.add(secret);
    }
  }
  return [...found];
}

async function writableRanges(pid: number): Promise<readonly (readonly [start: number, end: number])[]> {
  const lines = (await readFile(`/proc/${pid}/maps`, "utf8")).matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  return [...lines].map(([, start = "", end = ""]) => [Number.parseInt(start, 16), Number.parseInt(end, 16)]);
}
