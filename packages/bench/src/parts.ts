import type { Part } from "./part.ts";
import { catalog } from "./parts/catalog.ts";
import { intentions } from "./parts/intentions.ts";
import { queries } from "./parts/queries.ts";

/** All parts of the benchmark, in the order in which they are run. */
export const PARTS: readonly Part[] = [queries, intentions, catalog];
