import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { run } from "./command.ts";
import type { ContainerTools } from "./container-tools.ts";
import { layOutBase } from "./local-base.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** The image that the others are built from where there is no registry. */
export const LOCAL_NODE_IMAGE = "localhost/causeway/node";

/** Name of a service's image. */
export function imageOf(service: string): string {
  return `localhost/causeway/${service}`;
}

/** The version that `compose.yaml` asks for; podman finds the image by it. */
const VERSION = "0.1.0";

/** Makes `LOCAL_NODE_IMAGE`. */
export async function buildLocalNodeImage({ buildah }: ContainerTools): Promise<void> {
  await using folder = await temporaryDirectory();
  await layOutBase(folder.path);
  await buildah("bud", ...ISOLATION, "--tag", LOCAL_NODE_IMAGE, folder.path);
}

/** From what an image is built, and how. */
export type ServiceImageOptions = {
  readonly nodeImage: string;
  readonly revision: string;
  /** Whether steps are kept, so that several images have them in common; one alone is built in half the time without. */
  readonly keepSteps: boolean;
};

/**
 * Builds the image of a service, or of `cli`.
 *
 * npm's settings, the pnpm store and the trusted CAs of whoever builds are lent to the steps of the build, and are no part of the image.
 */
export async function buildServiceImage(
  { buildah }: ContainerTools,
  service: string,
  { nodeImage, revision, keepSteps }: ServiceImageOptions,
): Promise<void> {
  const values = { SERVICE: service, NODE_IMAGE: nodeImage, REVISION: revision };
  await buildah(
    ...[
      "bud",
      ...ISOLATION,
      "--format=docker",
      `--layers=${keepSteps}`,
      "--file",
      join(import.meta.dirname, "Dockerfile"),
    ],
    ...Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(await lentByThisMachine()),
    ...["--tag", imageOf(service), "--tag", `${imageOf(service)}:${VERSION}`, ROOT],
  );
}

/** No step needs privileges of its own, and where this runs there may be none to give. */
const ISOLATION = ["--isolation=chroot", "--network=host"];

/** Whom this machine trusts, its proxy's own CA included; programs of Node's would not look there by themselves. */
const SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

async function lentByThisMachine(): Promise<readonly string[]> {
  const [settings, store] = await Promise.all([
    run("npm", ["config", "get", "userconfig"]),
    run("pnpm", ["store", "path"]),
  ]);
  const certificates = process.env["NODE_EXTRA_CA_CERTS"] ?? SYSTEM_CERTIFICATES;
  return [
    ...["--volume", `${store.trim()}:/pnpm-store`],
    ...(existsSync(settings.trim()) ? ["--volume", `${settings.trim()}:/root/.npmrc:ro`] : []),
    ...(existsSync(certificates)
      ? ["--volume", `${certificates}:${certificates}:ro`, "--build-arg", `NODE_EXTRA_CA_CERTS=${certificates}`]
      : []),
  ];
}

/** The commit that is checked out, for a label of the image. */
export async function revision(): Promise<string> {
  return (await run("git", ["rev-parse", "HEAD"], { cwd: ROOT })).trim();
}
