import { StringMap } from "../common.ts";
import { Action, SourceIntention } from "../intention.ts";
import { type Static, Type } from "../schema.ts";
import { Applied, By, Deleted, Identified, type VerbTable, Written } from "./common.ts";

/** An intention between two names, as the legacy endpoints carry it. Of the namespaces only "default" exists. */
export const IntentionRequest = Type.Object({
  SourceName: Type.String(),
  DestinationName: Type.String(),
  SourceNS: Type.Optional(Type.String()),
  DestinationNS: Type.Optional(Type.String()),
  SourceType: Type.Optional(Type.String({ description: '"consul", which is also meant when it is absent or empty.' })),
  Action: Type.String(),
  Description: Type.Optional(Type.String()),
  Meta: Type.Optional(Type.Union([StringMap, Type.Null()])),
});
export type IntentionRequest = Static<typeof IntentionRequest>;

const Pair = { Source: Type.String(), Destination: Type.String() };
const Decided = Type.Object({ Action, By: Type.Union([SourceIntention, Type.Null()]) });

/** What **intentions** is asked. */
export const INTENTION_VERBS = {
  "intentions.create": {
    global: true,
    request: Type.Object({ ...IntentionRequest.properties, ...By }),
    reply: Identified,
  },
  "intentions.update": {
    global: true,
    request: Type.Object({ ID: Type.String(), Intention: IntentionRequest, ...By }),
    reply: Written,
  },
  "intentions.upsert": {
    global: true,
    request: Type.Object({ ...IntentionRequest.properties, ...By }),
    reply: Written,
  },
  "intentions.delete": {
    global: true,
    request: Type.Union([Type.Object({ ID: Type.String(), ...By }), Type.Object({ ...Pair, ...By })]),
    reply: Written,
  },
  "intentions.apply-entry": {
    global: true,
    request: Type.Object({ Entry: Type.Unknown(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Applied,
  },
  "intentions.delete-entry": {
    global: true,
    request: Type.Object({ Name: Type.String(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Deleted,
  },
  "intentions.match": {
    request: Type.Object({
      By: Type.Union([Type.Literal("source"), Type.Literal("destination")]),
      Name: Type.String(),
    }),
    reply: Type.Array(Type.Object({ Destination: Type.String(), Source: SourceIntention })),
  },
  "intentions.check": { request: Type.Object(Pair), reply: Decided },
} as const satisfies VerbTable;
