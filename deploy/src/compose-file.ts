import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** Environment variables as a map, which is the only way that they are written here. */
type Environment = Readonly<Record<string, string | number | boolean | null>>;

/** The parts of a service that the rules look at. */
export type ComposeService = {
  readonly image?: string;
  readonly build?: { readonly args?: Readonly<Record<string, string>> };
  readonly container_name?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Environment;
  readonly healthcheck?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly network_mode?: string;
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly env_file?: readonly string[];
};

/** A network, and the addresses that Compose gives out in it. */
type ComposeNetwork = {
  readonly ipam?: { readonly config?: readonly { readonly subnet?: string; readonly ip_range?: string }[] };
};

/** A Compose file, as far as the rules look at it. */
export type ComposeFile = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, ComposeNetwork>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

/** Reads a file as Compose does, where none of the variables is set that it refers to. */
export async function readComposeFile(path: string): Promise<ComposeFile> {
  const text = await readFile(path, "utf8");
  return parse(text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1"), { merge: true, maxAliasCount: -1 }) as ComposeFile;
}

/** Puts one file over another as Compose does, as far as the rules look at them: maps are joined, and a mount takes the place of another. */
export function mergeComposeFiles(base: ComposeFile, over: Pick<ComposeFile, "services">): ComposeFile {
  const services = Object.entries(over.services).map(([name, service]): [string, ComposeService] => {
    const { environment, depends_on, volumes = [], ...rest } = base.services[name] ?? {};
    const targets = (service.volumes ?? []).map(targetOf);
    return [
      name,
      {
        ...rest,
        ...service,
        environment: { ...environment, ...service.environment },
        depends_on: { ...depends_on, ...service.depends_on },
        volumes: [...volumes.filter((volume) => !targets.includes(targetOf(volume))), ...(service.volumes ?? [])],
      },
    ];
  });
  return { ...base, services: { ...base.services, ...Object.fromEntries(services) } };
}

function targetOf(volume: string): string | undefined {
  return volume.split(":")[1];
}
