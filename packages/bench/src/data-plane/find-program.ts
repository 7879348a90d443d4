import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian has servers; not on everybody's PATH. */
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];

/** Path of a program on PATH or among the system's servers, undefined where it is not installed. */
export function findProgram(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** The first version number in what a program says of itself; empty where there is none. */
export function readVersion(text: string): string {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? "";
}
