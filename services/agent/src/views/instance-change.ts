import type { InstanceRecord } from "@causeway/model";
import { catalogTopics as about } from "./catalog-topics.ts";
import { sameContent, sameContents } from "./same-content.ts";

/** The topics that a change of one instance bears on; undefined stands for an instance that is not there. */
export function topicsOfInstance(
  before: InstanceRecord | undefined,
  after: InstanceRecord | undefined,
): readonly string[] {
  const present = after ?? before;
  if (present === undefined) return [];
  const node = present.Node.Node;
  const service = present.Service.Service;
  const topics = [about.health(service)];
  for (const destination of destinationsOf(before, after)) topics.push(about.connect(destination));

  const sameService = sameContent(before?.Service, after?.Service);
  if (!sameService) topics.push(about.node(node));
  const sameNode = sameContent(before?.Node, after?.Node);
  if (!sameService || !sameNode) topics.push(about.services, about.service(service));
  const sameChecks = sameContents(before?.Checks, after?.Checks);
  // Whether a check is listed may depend on its node's meta.
  if (!sameChecks || (before !== undefined && !sameNode)) topics.push(about.serviceChecks(service));
  if (!sameChecks) topics.push(about.checks, about.nodeChecks(node));
  return topics;
}

/** The services that instances take mesh connections for, as sidecars or by themselves. */
export function destinationsOf(...instances: readonly (InstanceRecord | undefined)[]): ReadonlySet<string> {
  const destinations = new Set<string>();
  for (const instance of instances) {
    if (instance === undefined) continue;
    const { Kind, Service, Proxy: proxy, Connect } = instance.Service;
    if (Kind === "connect-proxy" && proxy.DestinationServiceName) destinations.add(proxy.DestinationServiceName);
    else if (Connect.Native === true) destinations.add(Service);
  }
  return destinations;
}
