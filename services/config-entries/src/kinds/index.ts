import { ingressGateway } from "./ingress-gateway.ts";
import type { KindRules } from "./kind.ts";
import { mesh } from "./mesh.ts";
import { proxyDefaults } from "./proxy-defaults.ts";
import { serviceDefaults } from "./service-defaults.ts";
import { serviceResolver } from "./service-resolver.ts";
import { serviceRouter } from "./service-router.ts";
import { serviceSplitter } from "./service-splitter.ts";
import { terminatingGateway } from "./terminating-gateway.ts";

const ALL = [
  ingressGateway,
  mesh,
  proxyDefaults,
  serviceDefaults,
  serviceResolver,
  serviceRouter,
  serviceSplitter,
  terminatingGateway,
];

/** The rules of every kind that has records of its own, by name. */
export const KINDS: ReadonlyMap<string, KindRules> = new Map(
  // Each kind's rules are only ever given entries of that kind.
  ALL.map((rules) => [rules.kind, rules as unknown as KindRules]),
);

/** Kinds of Consul's that this version does not have. */
export const ABSENT_KINDS: readonly string[] = ["exported-services"];
