/**
 * Reads HCL 1, and JSON, with the place of everything that it reads.
 *
 *     const { value, lineOf } = parseWithPositions('Kind = "terminating-gateway"\nServices = [{ Name = "billing" }]');
 *     lineOf(["Services", 0, "Name"]); // 2
 */
export {
  type Document,
  fieldPath,
  type Path,
  parseConfigText,
  parseHcl,
  parseWithPositions,
  type ReadOptions,
} from "./document.ts";
export { HclError, type HclFailure } from "./errors.ts";
export type { HclObject, HclValue } from "./nodes.ts";
