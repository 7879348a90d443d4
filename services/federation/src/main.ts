import { answer, Bucket, busAddress, connectBus, isCopy, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config } from "./config.ts";
import { answerPings, beat } from "./heartbeat.ts";
import { inspected, knownStates, measurePaths } from "./inspect.ts";
import { publishGateways } from "./publish.ts";
import { federationVerbs } from "./verbs.ts";

await runService({
  name: "federation",
  config: Config,
  async start({ config, log, clock, metrics, admin, signal }) {
    const bus = await connectBus({ ...busAddress(config), name: "federation", log, metrics });
    const { datacenter, primaryDatacenter, paths } = bus;
    const open = () => Bucket.open(bus, BUCKETS.federation, config.bucketReplicas);
    const bucket = await open();
    const draining = new AbortController();
    const working = AbortSignal.any([signal, draining.signal]);
    // Asked about each datacenter as soon as it is known, the paths have heard of it or not by the time that somebody wants to know.
    const changed = ({ names: [name = ""] }: { readonly names: readonly string[] }) => void paths.state(name);
    const states = Mirror.follow(bus, BUCKETS.federation, { kind: "state" }, working, { changed });
    if (!isCopy(bus, BUCKETS.federation)) {
      // A server that came back without what it kept has no bucket any more; all datacenters publish again what was in it.
      bus.onReconnect(() => void open().catch((error: unknown) => log.warn({ error }, "bucket not made anew")));
      answer(bus, federationVerbs({ paths, bucket, signal: working }));
    }
    answerPings(bus);
    // Only then does the server know who answers.
    await bus.connection.flush();
    const publisher = publishGateways({ bus, clock, log, metrics, signal: working });
    void beat(bus, clock, working);
    measurePaths(metrics, states, paths);
    admin.route(
      "/debug/federation",
      "the datacenters that are known, their gateways, and whether they can be reached",
      () => ({
        datacenter,
        primaryDatacenter,
        published: !publisher.failing,
        datacenters: knownStates(states).map((state) => inspected(state, paths.state(state.Datacenter), clock.now())),
      }),
    );
    const drain = () => {
      draining.abort();
      return bus.drain();
    };
    return { drain };
  },
});
