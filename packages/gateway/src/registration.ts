/** Which registration in the catalog a proxy goes by. */
export type Registration = {
  readonly service: string;
  readonly node: string;
  readonly id: string;
  readonly datacenter: string;
};
