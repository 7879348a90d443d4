import { join } from "node:path";
import { eventually, freePort, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ContainerTools, privateTools, whyNoContainers } from "../docker/container-tools.ts";
import { buildLocalNodeImage, buildServiceImage, imageOf, LOCAL_NODE_IMAGE } from "../docker/local-images.ts";

/** A minute is enough; a machine on which much else is tested must not be taken for one that hangs. */
const BUILD_TIMEOUT_MS = 480_000;

const missing = await whyNoContainers();
if (missing !== undefined) process.stderr.write(`images are not built or run by this test: ${missing}\n`);

/** As an operator who trusts nobody would run it; control groups and limits are this machine's own. */
const CONFINED = [
  ...["--network=host", "--cgroups=disabled", "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"],
  ...["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"],
];

/** What a container tries that it must not be able to do. */
const TRESPASS = `
  const { writeFileSync } = require("node:fs");
  const { execFileSync } = require("node:child_process");
  const attempt = (work) => { try { work(); return "done"; } catch ({ code }) { return code; } };
  console.log(JSON.stringify({
    user: process.getuid(),
    program: attempt(() => writeFileSync("/app/main/src/main.ts", "")),
    data: attempt(() => writeFileSync("/var/lib/causeway/data", "")),
    shell: attempt(() => execFileSync("/bin/sh", ["-c", "true"])),
  }));`;

describe.skipIf(missing !== undefined)("an image, built from Debian's packages and npm's", () => {
  const cleanUp = new AsyncDisposableStack();
  let tools: ContainerTools;

  beforeAll(async () => {
    const folder = cleanUp.use(await temporaryDirectory());
    tools = cleanUp.use(await privateTools(folder.path));
    await buildLocalNodeImage(tools);
    await buildServiceImage(tools, "catalog", { nodeImage: LOCAL_NODE_IMAGE, revision: "abc", keepSteps: false });
  }, BUILD_TIMEOUT_MS);

  afterAll(() => cleanUp.disposeAsync());

  test("a service becomes healthy as a user of its own, on a file system that cannot be written, without a shell", async () => {
    await using nats = await startNatsServer();
    const env = { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_ADMIN_PORT: String(await freePort()) };
    await using container = await start("catalog", env);
    await eventually(() => tools.podman("healthcheck", "run", container.id), { timeoutMs: 20_000, intervalMs: 200 });
    const tried = JSON.parse(await tools.podman("exec", container.id, "node", "--eval", TRESPASS));
    expect(tried).toEqual({ user: 65_532, program: "EROFS", data: "done", shell: "ENOENT" });
    await tools.podman("stop", "--time=20", container.id);
    expect((await tools.podman("inspect", "--format={{.State.ExitCode}}", container.id)).trim()).toBe("0");
  });

  test("a service that cannot work is not healthy", async () => {
    const env = {
      CAUSEWAY_NATS_URL: `nats://127.0.0.1:${await freePort()}`,
      CAUSEWAY_ADMIN_PORT: String(await freePort()),
    };
    await using container = await start("catalog", env);
    const ask = () => tools.podman("exec", container.id, "node", "/usr/local/lib/causeway/health.mjs");
    await eventually(() => expect(ask()).rejects.toThrow("answered 503"), { timeoutMs: 20_000, intervalMs: 200 });
    await expect(tools.podman("healthcheck", "run", container.id)).rejects.toThrow();
  });

  test("an image says what it is, whom it runs as and how it is stopped", async () => {
    const [{ Config }] = JSON.parse(await tools.podman("image", "inspect", imageOf("catalog")));
    expect(Config).toMatchObject({
      User: "65532:65532",
      StopSignal: "SIGTERM",
      Entrypoint: ["node", "/app/main/src/main.ts"],
    });
    expect(Config.Labels).toMatchObject({
      "org.opencontainers.image.title": "causeway catalog",
      "org.opencontainers.image.revision": "abc",
    });
  });

  test("an image holds what its program needs, and no tests", async () => {
    const list = `console.log(JSON.stringify(require("node:fs").globSync("{packages,services}/*/{src,test}/**", { cwd: "/app" })))`;
    const said = await tools.podman(
      "run",
      "--rm",
      ...CONFINED,
      "--entrypoint=node",
      imageOf("catalog"),
      "--eval",
      list,
    );
    const files = JSON.parse(said) as string[];
    expect(new Set(files.map((file) => file.split("/").slice(0, 2).join("/")))).toContain("services/catalog");
    expect(
      files.filter((file) => file.includes(".test.") || file.includes("/test/") || file.includes("testkit")),
    ).toEqual([]);
    expect(
      files.filter((file) => file.startsWith("services/") && !file.startsWith(join("services", "catalog"))),
    ).toEqual([]);
  });

  async function start(service: string, env: Readonly<Record<string, string>>) {
    const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
    const id = (await tools.podman("run", "--detach", ...CONFINED, ...variables, imageOf(service))).trim();
    const remove = async () => void (await tools.podman("rm", "--force", "--volumes", "--time=1", id));
    return { id, [Symbol.asyncDispose]: remove };
  }
});
