import type { Part } from "./part.ts";
import { agentStarts } from "./parts/agent-start.ts";
import { catalog } from "./parts/catalog.ts";
import { coldStarts } from "./parts/cold-start.ts";
import { dialling } from "./parts/dialling.ts";
import { intentions } from "./parts/intentions.ts";
import { passthrough } from "./parts/passthrough.ts";
import { queries } from "./parts/queries.ts";
import { termination } from "./parts/termination.ts";
import { tracing } from "./parts/tracing.ts";

/** All parts of the benchmark, in the order in which they are run. */
export const PARTS: readonly Part[] = [
  queries,
  intentions,
  catalog,
  agentStarts,
  coldStarts,
  passthrough,
  termination,
  dialling,
  tracing,
];
