import { DEFAULT_NAMESPACE, type DestinationIntentions, intentionPrecedence } from "@causeway/model";
import type { PairIntention } from "../views/intentions-view.ts";
import { type Json, kept } from "./catalog-json.ts";

/** An intention as the endpoints under `/v1/connect/intentions` give it. */
export function intentionJson({ destination, precedence, source }: PairIntention): Json {
  return {
    ID: source.ID,
    Description: source.Description,
    SourceNS: DEFAULT_NAMESPACE,
    SourceName: source.Name,
    DestinationNS: DEFAULT_NAMESPACE,
    DestinationName: destination,
    SourceType: "consul",
    Action: source.Action,
    DefaultAddr: "",
    DefaultPort: 0,
    Meta: source.Meta,
    Precedence: precedence,
    CreatedAt: source.CreatedAt,
    UpdatedAt: source.UpdatedAt,
    CreateIndex: source.CreateIndex,
    ModifyIndex: source.ModifyIndex,
  };
}

/** The intentions of one destination as a config entry of the kind service-intentions, which Consul has since 1.9. */
export function serviceIntentionsJson({ Name, Sources, Meta, ...indexes }: DestinationIntentions): Json {
  const sources = Sources.map((source) => ({
    Name: source.Name,
    Action: source.Action,
    Precedence: intentionPrecedence(source.Name, Name),
    LegacyID: source.ID,
    Type: "consul",
    ...kept({ Description: source.Description, LegacyMeta: source.Meta }),
    LegacyCreateTime: source.CreatedAt,
    LegacyUpdateTime: source.UpdatedAt,
  }));
  const { CreateIndex, ModifyIndex } = indexes;
  const byPrecedence = sources.toSorted((a, b) => b.Precedence - a.Precedence || (a.Name < b.Name ? -1 : 1));
  return { Kind: "service-intentions", Name, Sources: byPrecedence, ...kept({ Meta }), CreateIndex, ModifyIndex };
}
