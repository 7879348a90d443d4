/**
 * Starts compose.yaml with Docker Compose, tries what the deploy guide says of it, and removes everything again:
 *
 *   npm run try-compose            # some minutes; needs Docker with Compose, and the images
 */
import assert from "node:assert/strict";
import { answered, type Container, prepareTrial, type Trial } from "./trial.ts";

const AGENT = "http://127.0.0.1:8500";
const AGENT_DC2 = "http://127.0.0.1:8501";
const REPLICAS = 3;

/** Calls a port of the sidecar of `web` again and again, one connection at a time, while another connection stays open. */
const TRAFFIC = `
  const { connect } = require("node:net");
  const count = { answered: 0, failed: 0 };
  const call = () => new Promise((done) => {
    let heard = false;
    const socket = connect(9001, () => socket.write("hello"));
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on("data", () => { heard = true; socket.end(); });
    socket.on("error", () => {});
    socket.on("close", () => { count[heard ? "answered" : "failed"]++; done(); });
  });
  const forMs = 20_000, begun = Date.now();
  (async () => {
    while (Date.now() - begun < forMs) await call();
    console.log(JSON.stringify(count));
    process.exit();
  })();`;

await using trial = await prepareTrial();
const steps: readonly (readonly [string, (trial: Trial) => Promise<void>])[] = [
  ["every service becomes healthy", start],
  ["no process is root, may write its program, or has a capability", confined],
  ["both datacenters hear each other", federated],
  ["web reaches api in the other datacenter, through the mesh gateways of both", acrossDatacenters],
  ["web reaches the database outside of the mesh, through the terminating gateway", outOfTheMesh],
  [`${REPLICAS} replicas of a gateway have one name`, scaled],
  ["a replica that is stopped under traffic refuses nobody", drained],
  ["everything ends by itself when it is told to", stopped],
];
for (const [fact, check] of steps) {
  try {
    await check(trial);
    process.stdout.write(`ok   ${fact}\n`);
  } catch (error) {
    process.stderr.write(`FAIL ${fact}: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
    break;
  }
}

async function start({ compose, services }: Trial): Promise<void> {
  await compose("up", "--wait", "--no-build", ...services);
}

async function confined({ containers, node }: Trial): Promise<void> {
  for (const { Name, Config, HostConfig } of await containers()) {
    assert.match(Config.User, /^[1-9]/, `${Name} runs as root`);
    assert.equal(HostConfig.ReadonlyRootfs, true, `${Name} may write its root file system`);
    assert.deepEqual(HostConfig.CapDrop, ["ALL"], `${Name} keeps capabilities`);
    assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"], `${Name} may gain privileges`);
  }
  const status = await node("terminating-gateway", `console.log(fs.readFileSync("/proc/self/status", "utf8"))`);
  assert.match(status, /CapBnd:\s+0+\n/);
}

async function federated(): Promise<void> {
  for (const agent of [AGENT, AGENT_DC2]) {
    await answered(`${agent}/v1/catalog/datacenters`, (body) => (JSON.parse(body) as string[]).length === 2);
  }
}

async function acrossDatacenters({ node }: Trial): Promise<void> {
  await answered("http://127.0.0.1:8080/api/", (body) => body === "api in dc2 answers\n");
  const metrics = `fetch("http://127.0.0.1:19000/metrics").then((answer) => answer.text()).then(console.log)`;
  for (const gateway of ["mesh-gateway", "mesh-gateway-dc2"]) {
    assert.match(await node(gateway, metrics), /^causeway_connections_opened_total\{.*\} [1-9]/m);
  }
}

async function outOfTheMesh({ node }: Trial): Promise<void> {
  const call = `net.connect(9001).on("data", (heard) => { console.log(String(heard)); process.exit(); }).write("hello")`;
  assert.equal((await node("web", call)).trim(), "hello");
}

async function scaled({ compose }: Trial): Promise<void> {
  await compose("up", "--wait", "--no-build", "--scale", `terminating-gateway=${REPLICAS}`, "terminating-gateway");
  await passing(REPLICAS);
}

async function passing(replicas: number): Promise<void> {
  const url = `${AGENT}/v1/health/service/terminating-gateway?passing`;
  await answered(url, (body) => (JSON.parse(body) as unknown[]).length === replicas);
}

async function drained({ compose, containers, node }: Trial): Promise<void> {
  const traffic = node("web", TRAFFIC);
  await compose("up", "--no-build", "--detach", "--scale", "terminating-gateway=1", "terminating-gateway");
  await passing(1);
  const { answered: calls, failed } = JSON.parse(await traffic) as { answered: number; failed: number };
  assert.ok(calls > 0 && failed === 0, `${failed} of ${calls + failed} calls failed`);
  endedWell(await containers());
}

async function stopped({ compose, containers }: Trial): Promise<void> {
  await compose("stop");
  const ended = await containers();
  assert.ok(ended.every(({ State }) => State.Status === "exited"));
  endedWell(ended);
}

/** One that had to be killed has another exit code. */
function endedWell(containers: readonly Container[]): void {
  const killed = containers.filter(({ State }) => State.Status === "exited" && State.ExitCode !== 0);
  assert.deepEqual(
    killed.map(({ Name, State }) => `${Name} ended with ${State.ExitCode}`),
    [],
  );
}
