/**
 * Builds images with buildah where no registry of images is at hand, from Debian's packages and npm's:
 *
 *   npm run images -- catalog cli        # those; without names all of them
 */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { ownTools } from "./container-tools.ts";
import { buildLocalNodeImage, buildServiceImage, imageOf, LOCAL_NODE_IMAGE, revision } from "./local-images.ts";

const SERVICES = readdirSync(resolve(import.meta.dirname, "../../services"));

const named = process.argv.slice(2);
const services = named.length === 0 ? [...SERVICES, "cli"] : named;
const unknown = services.filter((service) => service !== "cli" && !SERVICES.includes(service));

if (unknown.length > 0) {
  process.stderr.write(`there is no service ${unknown.join(", ")}; there are cli, ${SERVICES.join(", ")}\n`);
  process.exitCode = 64;
} else {
  await buildLocalNodeImage(ownTools);
  const commit = await revision();
  for (const service of services) {
    await buildServiceImage(ownTools, service, {
      nodeImage: LOCAL_NODE_IMAGE,
      revision: commit,
      keepSteps: services.length > 1,
    });
    process.stdout.write(`${imageOf(service)}\n`);
  }
}
