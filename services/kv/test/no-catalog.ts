import type { AskCatalog } from "../src/catalog-part.ts";

/** In the place of the owner of the catalog, where a test has nothing for it to do. */
export const noCatalog: AskCatalog = async () => {
  throw new Error("this test has no catalog");
};
