import type { ConfigEntry } from "@causeway/model";
import { exposedPathJson, type Json, kept } from "./catalog-json.ts";

/** A config entry; some kinds have fields that are there even when they say nothing. */
export function configEntryJson(entry: ConfigEntry): Json {
  const { Kind, Name, Meta, CreateIndex, ModifyIndex, ...rest } = entry;
  return { Kind, Name, ...settingsJson(entry, rest), ...kept({ Meta }), CreateIndex, ModifyIndex };
}

function settingsJson(entry: ConfigEntry, rest: Json): Json {
  switch (entry.Kind) {
    case "service-defaults": {
      const { Protocol = "", MeshGateway, Expose, ExternalSNI, UpstreamConfig } = entry;
      const own = { Protocol, ...kept({ ExternalSNI }), ...proxySettings(MeshGateway, Expose) };
      return UpstreamConfig === undefined ? own : { ...own, UpstreamConfig };
    }
    case "proxy-defaults":
      return { Config: entry.Config ?? null, ...proxySettings(entry.MeshGateway, entry.Expose) };
    case "terminating-gateway":
      return { Services: entry.Services };
    case "ingress-gateway":
      return { TLS: entry.TLS, Listeners: entry.Listeners };
    case "service-router":
      return { Routes: entry.Routes };
    case "service-splitter":
      return { Splits: entry.Splits };
    default:
      return kept(rest);
  }
}

type Defaults = Extract<ConfigEntry, { readonly Kind: "service-defaults" }>;

function proxySettings(meshGateway: Defaults["MeshGateway"], expose: Defaults["Expose"]): Json {
  return {
    MeshGateway: kept({ Mode: meshGateway?.Mode }),
    Expose: kept({ Checks: expose?.Checks, Paths: expose?.Paths?.map(exposedPathJson) }),
  };
}
