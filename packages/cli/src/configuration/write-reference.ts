import { writeFile } from "node:fs/promises";
import { configurationReference } from "./reference.ts";
import { SERVICES, serviceVariables } from "./service-program.ts";

/** Where the page is. */
export const REFERENCE = new URL("../../../../docs/configuration.md", import.meta.url);

/** The page as it must be now. */
export async function presentReference(): Promise<string> {
  const described = [];
  for (const name of SERVICES) described.push({ name, variables: await serviceVariables(name) });
  return configurationReference(described);
}

if (import.meta.main) await writeFile(REFERENCE, await presentReference());
