/**
 * Reads the files in which services and checks are defined for an agent.
 *
 *     const { services, checks } = await readDefinitions(["/etc/consul.d"]);
 */
export { AGENT_KEYS } from "./agent-keys.ts";
export {
  type Definition,
  DefinitionError,
  type Definitions,
  decodeDefinitions,
  decodeSettings,
  type Fields,
} from "./decode.ts";
export { definitionFiles, readDefinitions } from "./read.ts";
export { checkProblem, isAlias, isScript, isStatus, refuseBadDefinitions, serviceProblem } from "./rules.ts";
