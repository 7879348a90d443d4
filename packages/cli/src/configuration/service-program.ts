import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ConfigVariable } from "@causeway/runtime";

/** Everything that runs as a process of its own and is told what to do by variables. */
export const SERVICES = [
  "catalog",
  "ca",
  "intentions",
  "config-entries",
  "federation",
  "kv",
  "acl",
  "agent",
  "mesh-gateway",
  "terminating-gateway",
  "ingress-gateway",
  "sidecar-proxy",
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What keeps a service from starting with these variables, in its own words; undefined when nothing does. */
export async function serviceProblem(name: ServiceName, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { status, err } = await run(name, "--check", env);
  return status === 0 ? undefined : err.trim();
}

/** The variables of a service, as itself tells them. */
export async function serviceVariables(name: ServiceName): Promise<readonly ConfigVariable[]> {
  const { status, out, err } = await run(name, "--describe", process.env);
  if (status !== 0) throw new Error(`${name} does not tell its variables: ${err}`);
  return JSON.parse(out) as readonly ConfigVariable[];
}

type Ended = { readonly status: number; readonly out: string; readonly err: string };

function run(name: ServiceName, flag: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const program = fileURLToPath(import.meta.resolve(`@causeway/${name}/main`));
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [program, flag], { env }, (error, out, err) => {
      if (error !== null && child.exitCode === null) reject(error);
      else resolve({ status: child.exitCode ?? 0, out, err });
    });
  });
}
