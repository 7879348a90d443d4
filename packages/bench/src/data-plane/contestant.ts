import type { Target } from "../load/load.ts";

/** A proxy that is measured beside others: all lead to the same backend. */
export type Contestant = {
  readonly name: string;
  readonly port: number;
  /** The one process that carries connections; undefined where there is no proxy at all. */
  readonly pid: number | undefined;
  /** What its connections begin with, where that is not what those of all others begin with. */
  readonly greeting?: Target["greeting"];
};

/** Why somebody who should be compared is not. */
export type Absent = { readonly name: string; readonly absent: string };
