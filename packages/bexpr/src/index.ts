/**
 * Consul's filter expressions.
 *
 *     const passing = compileFilter('Service.Meta.version == v2 and Checks.Status != "critical"', checkServiceNodeFields);
 *     entries.filter(passing);
 */
export {
  agentCheckFields,
  agentServiceFields,
  checkServiceNodeFields,
  healthCheckFields,
  intentionFields,
  nodeFields,
  nodeInfoFields,
  nodeServiceFields,
  serviceDefaultsFields,
  serviceNodeFields,
  subsetFields,
} from "./consul-fields.ts";
export { FilterError, type FilterFailure } from "./errors.ts";
export { compileFilter, evaluate } from "./evaluate.ts";
export { boolean, type Field, type Fields, integer, listOf, mapOf, string, struct } from "./fields.ts";
export type { Filter, Match, Operator } from "./filter.ts";
export { type GoPattern, goPattern } from "./go-pattern.ts";
export { parseFilter } from "./grammar.ts";
export { printFilter } from "./print.ts";
