/** What somebody of the demo may do, and no more. */
export type Privileges = {
  /** Who it is; in its datacenter the name of a policy, a token and their files. */
  readonly holder: string;
  /** Rules of the policy, in HCL. */
  readonly rules: string;
  /** Service that its token is an identity of. */
  readonly identity?: string;
};

/** Every `causeway connect` asks the agent where the bus is. */
const READ_AGENTS = rule("agent_prefix", "", "read");

const READ_ALL = [rule("service_prefix", "", "read"), rule("node_prefix", "", "read"), READ_AGENTS];

/** Whoever writes config entries and intentions, and looks at what came of them. */
export const OPERATOR: Privileges = {
  holder: "operator",
  rules: `operator = "write"
service_prefix "" {
  policy     = "read"
  intentions = "write"
}
${rule("node_prefix", "", "read")}`,
};

/** An agent, which says of its node where that is, and takes away what nobody has registered with it. */
export function agentOf(node: string): Privileges {
  return { holder: "agent", rules: rule("node", node, "write") };
}

/** Whoever registers services that no agent looks after, each on a node of its own. */
export function registrarOf(services: readonly string[], nodeOf: (service: string) => string): Privileges {
  const rules = services.flatMap((name) => [rule("service", name, "write"), rule("node", nodeOf(name), "write")]);
  return { holder: "registrar", rules: rules.join("") };
}

/** A service and its sidecar: the service identity registers both and asks for leaves. */
export function sidecarOf(service: string): Privileges {
  return { holder: service, rules: READ_AGENTS, identity: service };
}

/** A terminating gateway, which stands for each service that it is linked to. */
export function terminatingGatewayOf(name: string, linked: readonly string[]): Privileges {
  const own = [name, ...linked].map((service) => rule("service", service, "write"));
  return { holder: name, rules: [...own, ...READ_ALL].join("") };
}

/** A mesh gateway, which stands for nobody but itself. */
export function meshGatewayOf(name: string): Privileges {
  return { holder: name, rules: [rule("service", name, "write"), ...READ_ALL].join("") };
}

function rule(resource: string, name: string, policy: "read" | "write"): string {
  return `${resource} "${name}" {
  policy = "${policy}"
}
`;
}
