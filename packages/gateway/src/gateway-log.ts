/** Where a gateway writes what happens; a pino logger is one. */
export type GatewayLog = {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
};
