import type { Source } from "../source.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import type { OtherNodes } from "./checks/aliases.ts";

/** What alias checks follow of other nodes, as the catalog has it. */
export function otherNodes(catalog: Source<CatalogView>): OtherNodes {
  return {
    checksOf: (node) => {
      if (!catalog.current) return undefined;
      const { view } = catalog;
      return [...(view.node(node)?.Checks ?? []), ...view.instancesOn(node).flatMap(({ Checks }) => Checks)];
    },
    hasService: (node, id) => catalog.view.instancesOn(node).some(({ Service }) => Service.ID === id),
    follow: (node, changed) => {
      let followed = true;
      void catalog.whenCurrent.then(() => followed && changed());
      const topics = [catalogTopics.node(node), catalogTopics.nodeChecks(node)];
      const leave = catalog.topics.subscribe(topics, changed);
      return () => {
        followed = false;
        leave();
      };
    },
  };
}
