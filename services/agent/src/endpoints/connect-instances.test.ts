import type { Change } from "@causeway/bus";
import type { CatalogService, GatewayServiceRecord } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { linkOf, nodeOf, serviceOf } from "../../test/catalog-records.ts";
import { gatewayServiceJson } from "../render/catalog-json.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import { CatalogView } from "../views/catalog-view.ts";
import { connectInstances } from "./connect-instances.ts";

function change(kind: string, names: readonly string[], value: unknown): Change<unknown> {
  return { kind, names, revision: 1, record: { value, revision: 1 } };
}

/** A catalog in which these gateways are linked to these services, the first with slot 0, and so on. */
function catalogOf(gateways: readonly CatalogService[], links: readonly GatewayServiceRecord[]): CatalogView {
  const view = new CatalogView();
  for (const service of gateways) {
    const instance = { Node: nodeOf("n"), Service: service, Checks: [], NodeChecks: [] };
    view.apply(change("instance", [service.Service, "n", service.ID], instance));
  }
  for (const link of links) view.apply(change("gateway-service", [link.Gateway, link.Service], link));
  return view;
}

function gateway(id: string, config?: Readonly<Record<string, unknown>>): CatalogService {
  const proxy = config === undefined ? {} : { Config: config };
  return serviceOf("tgw", { ID: id, Kind: "terminating-gateway", Port: 8_443, Proxy: proxy });
}

const shown = (view: CatalogView, service: string) =>
  connectInstances(view, service).value.map(({ Service }) => [
    Service.ID,
    Service.Kind,
    Service.Port,
    Service.Proxy.DestinationServiceName,
  ]);

describe("a terminating gateway among those who take mesh connections for a service", () => {
  const links = [linkOf("tgw", "billing", { Slot: 0 }), linkOf("tgw", "Db", { Slot: 1 })];

  test("is as it is registered unless it has opted in", () => {
    const plain = gateway("a", { connect_timeout_ms: 1_000 });
    const [found] = connectInstances(catalogOf([plain], links), "billing").value;
    expect(found?.Service).toEqual({ ...plain, CreateIndex: 1, ModifyIndex: 1 });
  });

  test("has each instance's own port for the service, and the service's name, where that has opted in", () => {
    const view = catalogOf([gateway("a"), gateway("b", { causeway_service_ports: "21300-21309" })], links);
    expect(shown(view, "billing")).toEqual([
      ["a", "terminating-gateway", 8_443, undefined],
      ["b", "terminating-gateway", 21_300, "billing"],
    ]);
  });

  test("goes by the name of the link, which is that of the certificate, whatever the case it is asked by", () => {
    const view = catalogOf([gateway("b", { causeway_service_ports: "21300-21309" })], links);
    expect(shown(view, "dB")).toEqual([["b", "terminating-gateway", 21_301, "Db"]]);
  });

  test("is as it is registered where it has no port left for the service", () => {
    const view = catalogOf([gateway("b", { causeway_service_ports: "21300" })], links);
    expect(shown(view, "db")).toEqual([["b", "terminating-gateway", 8_443, undefined]]);
  });

  test("keeps the rest of its registration", () => {
    const config = { causeway_service_ports: { billing: 7_000 } };
    const [found] = connectInstances(catalogOf([gateway("b", config)], links), "billing").value;
    expect(found?.Service).toMatchObject({ ID: "b", Service: "tgw", Proxy: { Config: config } });
  });

  test("is shown anew when its link or its registration changes", () => {
    const { topics } = connectInstances(catalogOf([gateway("a")], links), "billing");
    expect(topics).toContain(catalogTopics.linked("billing"));
    expect(topics).toContain(catalogTopics.health("tgw"));
  });

  test("is listed with its services without their slots", () => {
    expect(links.map(gatewayServiceJson)).toEqual(
      ["billing", "Db"].map((Name) => ({
        Gateway: { Name: "tgw" },
        Service: { Name },
        GatewayKind: "terminating-gateway",
        CreateIndex: 0,
        ModifyIndex: 0,
      })),
    );
  });
});
