import type {
  Action,
  GatewayServiceRecord,
  MeshEntry,
  ServiceDefaultsEntry,
  ServiceResolverEntry,
} from "@causeway/model";
import { type InstanceFacts, instanceRecord, intentionsFor, linkRecord, resolverEntry } from "@causeway/routes/testing";
import { KnownRecords } from "./known-records.ts";

const INDEXES = { CreateIndex: 0, ModifyIndex: 0 };

/** State as a control plane would hold it, for tests of plans; at first there are roots of a trust domain and a default policy. */
export class Scenario extends KnownRecords {
  constructor() {
    super();
    this.put("caRoots", "roots", [], { ActiveRootID: "00:11", TrustDomain: "11111111.consul", Roots: [] });
    this.put("intentions", "settings", ["default-policy"], { Action: "deny" });
  }

  register(facts: InstanceFacts): this {
    const record = instanceRecord(facts);
    this.put("catalog", "instance", [record.Service.Service, record.Node.Node, record.Service.ID], record);
    return this;
  }

  link(gateway: string, service: string, tls: Partial<GatewayServiceRecord> = {}): this {
    this.put("catalog", "gateway-service", [gateway, service], linkRecord(gateway, service, tls));
    return this;
  }

  provide(Destination: string, Provider: string, Kind: "connect-proxy" | "native" | "terminating-gateway"): this {
    this.put("catalog", "connect", [Destination, Provider], { Destination, Provider, Kind });
    return this;
  }

  /** Has a service known as one that is a mesh gateway. */
  meshGateway(Service: string): this {
    this.put("catalog", "mesh-gateway", [Service], { Service });
    return this;
  }

  /** Publishes how a datacenter is reached: its mesh gateways. */
  federate(datacenter: string, ...gateways: readonly InstanceFacts[]): this {
    this.put("federation", "state", [datacenter], {
      Datacenter: datacenter,
      MeshGateways: gateways.map(instanceRecord),
      UpdatedAt: "2026-01-01T00:00:00Z",
      CatalogMade: "2026-01-01T00:00:00Z",
      CatalogRevision: 1,
      ...INDEXES,
    });
    return this;
  }

  /** Registers a sidecar of `service` in another datacenter. */
  registerIn(datacenter: string, service: string, facts: Partial<InstanceFacts> = {}): this {
    const Provider = `${service}-sidecar-proxy`;
    const record = instanceRecord({
      Service: Provider,
      Kind: "connect-proxy",
      Port: 21_000,
      Proxy: { DestinationServiceName: service },
      ...facts,
    });
    const row = { Destination: service, Provider, Kind: "connect-proxy" } as const;
    this.putIn(datacenter, "catalog", "connect", [service, Provider], row);
    this.putIn(datacenter, "catalog", "instance", [Provider, record.Node.Node, record.Service.ID], record);
    return this;
  }

  /** Writes service-defaults. */
  serviceDefaults(Name: string, facts: Partial<ServiceDefaultsEntry>): this {
    this.put("configEntries", "service-defaults", [Name], { Kind: "service-defaults", Name, ...INDEXES, ...facts });
    return this;
  }

  resolve(service: string, facts: Partial<ServiceResolverEntry>): this {
    this.put("configEntries", "service-resolver", [service], resolverEntry(service, facts));
    return this;
  }

  intend(action: Action, source: string, destination: string): this {
    this.put("intentions", "destination", [destination], intentionsFor(destination, { [source]: action }));
    return this;
  }

  proxyDefaults(Config: Record<string, unknown>): this {
    this.put("configEntries", "proxy-defaults", ["global"], {
      Kind: "proxy-defaults",
      Name: "global",
      ...INDEXES,
      Config,
    });
    return this;
  }

  meshTls(TLS: NonNullable<MeshEntry["TLS"]>): this {
    this.put("configEntries", "mesh", ["mesh"], { Kind: "mesh", Name: "mesh", ...INDEXES, TLS });
    return this;
  }
}
