import type { Asked } from "./exchange.ts";
import type { Fields } from "./fields.ts";

/** A request as it goes on: end to end, and with what is added to it. */
export type Onward = Pick<Asked, "method" | "target" | "authority" | "length"> & {
  readonly scheme: "http" | "https";
  readonly fields: Fields;
};
