/** A proxy that is measured beside others: all lead to the same backend. */
export type Contestant = {
  readonly name: string;
  readonly port: number;
  /** The one process that carries connections; undefined where there is no proxy at all. */
  readonly pid: number | undefined;
};

/** Why somebody who should be compared is not. */
export type Absent = { readonly name: string; readonly absent: string };
