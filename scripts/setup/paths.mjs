import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds the whole project. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What set-up fetches and remembers; git-ignored, and may be removed at any time. */
export const CACHE = join(ROOT, ".causeway");
