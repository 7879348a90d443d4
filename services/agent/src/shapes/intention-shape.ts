import { any, int, mapOf, type Shaped, string, struct, uint64 } from "../http/go-shape.ts";

/** The body of what writes an intention; what only an answer tells is taken and not looked at. */
export const IntentionShape = struct("structs.Intention", {
  ID: string,
  Description: string,
  SourceNS: string,
  SourceName: string,
  DestinationNS: string,
  DestinationName: string,
  SourceType: string,
  Action: string,
  DefaultAddr: string,
  DefaultPort: int,
  Meta: mapOf(string),
  Precedence: int,
  CreatedAt: string,
  UpdatedAt: string,
  Hash: any,
  CreateIndex: uint64,
  ModifyIndex: uint64,
});
export type IntentionBody = Shaped<typeof IntentionShape>;
