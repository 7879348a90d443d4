import type { AgentContext } from "../context.ts";
import type { Endpoint } from "../http/endpoint.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { aclEndpoints } from "./acl.ts";
import { aclDisabledEndpoints } from "./acl-disabled.ts";
import { agentBusEndpoints } from "./agent-bus.ts";
import { agentCheckEndpoints } from "./agent-checks.ts";
import { agentConnectEndpoints } from "./agent-connect.ts";
import { agentHealthEndpoints } from "./agent-health.ts";
import { agentHostEndpoints } from "./agent-host.ts";
import { agentMaintenanceEndpoints } from "./agent-maintenance.ts";
import { agentMembershipEndpoints } from "./agent-membership.ts";
import { agentMetricsEndpoints } from "./agent-metrics.ts";
import { agentMonitorEndpoints } from "./agent-monitor.ts";
import { agentReloadEndpoints } from "./agent-reload.ts";
import { agentSelfEndpoints } from "./agent-self.ts";
import { agentServiceEndpoints } from "./agent-services.ts";
import { agentUpstreamEndpoints } from "./agent-upstreams.ts";
import { catalogNodeEndpoints } from "./catalog-nodes.ts";
import { catalogServiceEndpoints } from "./catalog-services.ts";
import { catalogWriteEndpoints } from "./catalog-writes.ts";
import { configEndpoints } from "./config.ts";
import { connectCaEndpoints } from "./connect-ca.ts";
import { discoveryChainEndpoints } from "./discovery-chain.ts";
import { emptyListEndpoints } from "./empty-lists.ts";
import { eventEndpoints } from "./events.ts";
import { federationStateEndpoints } from "./federation-states.ts";
import { healthEndpoints } from "./health.ts";
import { intentionEndpoints } from "./intentions.ts";
import { internalUiEndpoints } from "./internal-ui.ts";
import { internalUiOverviewEndpoints } from "./internal-ui-overview.ts";
import { kvEndpoints } from "./kv.ts";
import { peeringEndpoints } from "./peering.ts";
import { proxyPageEndpoints } from "./proxy-pages.ts";
import { sessionEndpoints } from "./sessions.ts";
import { statusEndpoints } from "./status.ts";
import { transactionEndpoints } from "./transactions.ts";
import { unservedEndpoints } from "./unserved.ts";

/** Every endpoint of the API. */
export function endpointsOf(agent: AgentContext & { readonly local: LocalAgent }): readonly Endpoint[] {
  const { acl } = agent;
  return [
    ...(acl === undefined ? aclDisabledEndpoints() : aclEndpoints({ ...agent, acl, nodeName: agent.config.nodeName })),
    ...agentBusEndpoints(agent),
    ...agentCheckEndpoints(agent),
    ...agentConnectEndpoints(agent),
    ...agentHealthEndpoints(agent),
    ...agentHostEndpoints(agent),
    ...agentMaintenanceEndpoints(agent),
    ...agentMembershipEndpoints(agent),
    ...agentMetricsEndpoints(agent),
    ...agentMonitorEndpoints(agent),
    ...agentReloadEndpoints(agent),
    ...agentSelfEndpoints(agent),
    ...agentServiceEndpoints(agent),
    ...agentUpstreamEndpoints(agent),
    ...catalogNodeEndpoints(agent),
    ...catalogServiceEndpoints(agent),
    ...catalogWriteEndpoints(agent),
    ...configEndpoints(agent),
    ...connectCaEndpoints(agent),
    ...discoveryChainEndpoints(agent),
    ...emptyListEndpoints(agent),
    ...eventEndpoints(agent),
    ...federationStateEndpoints(agent),
    ...healthEndpoints(agent),
    ...intentionEndpoints(agent),
    ...internalUiEndpoints(agent),
    ...internalUiOverviewEndpoints(agent),
    ...kvEndpoints(agent),
    ...peeringEndpoints(agent),
    ...proxyPageEndpoints(agent),
    ...sessionEndpoints(agent),
    ...statusEndpoints(agent),
    ...transactionEndpoints(agent),
    ...unservedEndpoints(),
  ];
}
