import { existsSync } from "node:fs";
import { BlockList } from "node:net";
import { resolve } from "node:path";
import type { ComposeFile, ComposeService } from "./compose-file.ts";
import { isStandardVariable, type KnownVariables, SERVICE_NAMES } from "./known-variables.ts";

/** Replicas are made of these, so that nothing of theirs may be there only once. */
const SCALED = ["terminating-gateway", "mesh-gateway", "ingress-gateway"];

/** Made by `causeway bus init` and acl-secrets.mjs, and so not in the repository. */
const MADE = ["./bus/", "./acl"];

/** Everything that is wrong with a Compose file in `folder`, one sentence each; empty when all is well. */
export function composeViolations(file: ComposeFile, folder: string, known: KnownVariables): readonly string[] {
  const services = Object.entries(file.services);
  return [
    ...services.flatMap(([name, service]) => [
      ...confinement(name, service),
      ...references(name, service, file),
      ...addresses(name, service, file),
      ...mounts(name, service, file, folder),
      ...variables(name, service, known),
      ...(SCALED.includes(name.replace(/-dc2$/, "")) ? scaling(name, service) : []),
    ]),
    ...builds(services, known),
    ...hostPorts(services),
  ];
}

function failing(name: string, facts: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(facts).flatMap(([fact, holds]) => (holds ? [] : [`${name}: ${fact}`]));
}

function confinement(name: string, service: ComposeService): readonly string[] {
  const { user, read_only, privileged, cap_add, cap_drop, security_opt, image } = service;
  return failing(name, {
    "runs as a numeric user that is not root": /^[1-9]\d*:\d+$/.test(user ?? ""),
    "has a read-only root file system": read_only === true,
    "has no capabilities": cap_drop?.includes("ALL") === true && cap_add === undefined && privileged === undefined,
    "gains no privileges": security_opt?.includes("no-new-privileges:true") === true,
    "has an image of a certain version": /:v?\d+\.\d+\.\d+[^/:]*$/.test(image ?? ""),
  });
}

/** The network that a service is in by being in that of another. */
function joinedService({ network_mode = "" }: ComposeService): string | undefined {
  return network_mode.startsWith("service:") ? network_mode.slice("service:".length) : undefined;
}

function networksOf({ networks = [] }: ComposeService): readonly string[] {
  return Array.isArray(networks) ? networks : Object.keys(networks);
}

function references(name: string, service: ComposeService, { services, networks }: ComposeFile): readonly string[] {
  const joined = joinedService(service);
  const awaited = Object.entries(service.depends_on ?? {});
  // The images of Causeway bring their own.
  const hasHealthcheck = ({ healthcheck, image = "" }: ComposeService) =>
    healthcheck !== undefined || image.startsWith("causeway/");
  return [
    ...awaited.flatMap(([other, { condition }]) => {
      const found = services[other];
      if (found === undefined) return [`${name}: there is no service ${other} to wait for`];
      const never = condition === "service_healthy" && !hasHealthcheck(found);
      return never ? [`${name}: ${other} never says that it is healthy`] : [];
    }),
    ...failing(name, {
      "is in networks that are there": networksOf(service).every((network) => network in networks),
      "is in some network": joined === undefined ? networksOf(service).length > 0 : services[joined] !== undefined,
    }),
  ];
}

/** An address that is said for one must be given to no other: containers start in any order. */
function addresses(name: string, { networks = [] }: ComposeService, file: ComposeFile): readonly string[] {
  const said = Array.isArray(networks) ? [] : Object.entries(networks as Exclude<typeof networks, readonly string[]>);
  return said.flatMap(([network, { ipv4_address } = {}]) => {
    if (ipv4_address === undefined) return [];
    const { subnet, ip_range } = file.networks[network]?.ipam?.config?.[0] ?? {};
    return failing(name, {
      [`has ${ipv4_address}, which is in ${network}`]: isWithin(subnet, ipv4_address),
      [`has ${ipv4_address}, which ${network} gives to nobody else`]:
        ip_range !== undefined && !isWithin(ip_range, ipv4_address),
    });
  });
}

function isWithin(range: string | undefined, address: string): boolean {
  const [start = "", bits] = range?.split("/") ?? [];
  const addresses = new BlockList();
  if (start !== "") addresses.addSubnet(start, Number(bits));
  return addresses.check(address);
}

function mounts(name: string, { volumes = [] }: ComposeService, file: ComposeFile, folder: string): readonly string[] {
  return volumes.flatMap((volume) => {
    const [source = "", target = "", mode] = volume.split(":");
    if (!source.startsWith(".")) return source in file.volumes ? [] : [`${name}: there is no volume ${source}`];
    const seed = /^\.\/bus\/dc\d\/(.*)\.nk$/.exec(source)?.[1];
    return failing(name, {
      [`mounts ${source} to be read only`]: mode === "ro",
      [`mounts ${source}, which is there`]:
        MADE.some((made) => source.startsWith(made)) || existsSync(resolve(folder, source)),
      [`mounts ${source} of a role, at ${target}`]: seed === undefined || SERVICE_NAMES.includes(seed),
    });
  });
}

/** Every image is built by one service, from what there is. */
function builds(services: readonly (readonly [string, ComposeService])[], known: KnownVariables): readonly string[] {
  const own = services.filter(([, { image }]) => image?.startsWith("causeway/"));
  const built = own.flatMap(([, { image, build }]) =>
    build === undefined ? [] : [[image, build.args?.["SERVICE"]] as const],
  );
  return [
    ...built.flatMap(([image, service = ""]) =>
      image?.startsWith(`causeway/${service}:`) && known.has(service) ? [] : [`${image} is built of ${service}`],
    ),
    ...[...new Set(own.map(([, { image }]) => image))].flatMap((image) => {
      const times = built.filter(([each]) => each === image).length;
      return times === 1 ? [] : [`${image} is built ${times} times`];
    }),
  ];
}

function variables(
  name: string,
  { image = "", environment = {} }: ComposeService,
  known: KnownVariables,
): readonly string[] {
  const service = /^causeway\/([\w-]+):/.exec(image)?.[1];
  if (service === undefined) return [];
  // All services share most variables, and what the command reads is told to all as well.
  const own = new Set([...(known.get(service) ?? []), ...(known.get("cli") ?? [])]);
  return Object.keys(environment)
    .filter((variable) => variable.startsWith("CAUSEWAY_") && !own.has(variable) && !isStandardVariable(variable))
    .map((variable) => `${name}: ${service} knows no variable ${variable}`);
}

function scaling(name: string, service: ComposeService): readonly string[] {
  const networks = Array.isArray(service.networks) ? [] : Object.values(service.networks ?? {});
  return failing(name, {
    "takes no port of the machine": service.ports === undefined,
    "has no name or address that only one can have":
      service.container_name === undefined && networks.every((network) => network?.ipv4_address === undefined),
  });
}

function hostPorts(services: readonly (readonly [string, ComposeService])[]): readonly string[] {
  const taken = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const));
  return taken.flatMap(([name, port], at) =>
    failing(name, {
      [`offers ${port} to this machine alone`]: port.startsWith("127.0.0.1:"),
      [`offers ${port}, which nobody else does`]: taken.findIndex(([, other]) => hostOf(other) === hostOf(port)) === at,
    }),
  );
}

function hostOf(port: string): string {
  return port.split(":").slice(0, 2).join(":");
}
