import type { Facts, ProxyFacts, Upstream } from "./facts.ts";
import { addressOf, counted, healthy, hostPort, nameOf, troubleOf } from "./instances.ts";
import { type Finding, failed, notChecked, ok } from "./step.ts";

/** Whether the service that calls is registered. Its health does not matter: it calls, and is not called. */
export function sourceRegistered({ source, instances, ownDatacenter, sidecars }: Facts): Finding {
  if (instances.kind === "unknown") return notChecked(instances.why);
  const found = instances.value;
  if (found.length > 0) {
    const ill = found.length - healthy(found).length;
    return ok(`${counted(found.length, "instance")}${ill === 0 ? "" : `, of which ${ill} not healthy`}`);
  }
  const stray = sidecars.kind === "known" && sidecars.value.length > 0 ? "; a sidecar is registered for it" : "";
  return failed(
    `no service ${source} is registered in ${ownDatacenter}${stray}`,
    `register it with a sidecar: causeway services register ${source}.hcl`,
  );
}

export function sidecarRegistered({ source, sidecars, sidecar }: Facts): Finding {
  if (sidecars.kind === "unknown") return notChecked(sidecars.why);
  if (sidecar === undefined) {
    return failed(
      sidecars.value.length === 0 ? `no sidecar proxy is registered for ${source}` : "none has the ID that was given",
      sidecars.value.length === 0
        ? `add "connect { sidecar_service { … } }" to the definition of ${source} and register it again`
        : `give one of these by -sidecar: ${sidecars.value.map(({ Service }) => Service.ID).join(", ")}`,
    );
  }
  const others = sidecars.value.length - 1;
  const rest = others === 0 ? "" : `; ${counted(others, "other")} not looked at: choose one by -sidecar`;
  return ok(`${nameOf(sidecar.instance)}${rest}`);
}

export function sidecarRuns({ sidecar }: Facts): Finding {
  if (sidecar === undefined) return notChecked("there is no sidecar to look at");
  if (sidecar.process.kind === "unknown") return notChecked(sidecar.process.why);
  const { Service, Node } = sidecar.instance;
  if (sidecar.process.value === undefined && sidecar.listens) return notChecked(foreign(sidecar));
  if (sidecar.process.value === undefined) {
    const trouble = troubleOf(sidecar.instance);
    return failed(
      `no process answers for ${nameOf(sidecar.instance)}${trouble === "" ? "" : `; ${trouble}`}`,
      `on ${Node.Node}, start it: causeway connect proxy -proxy-id ${Service.ID}; if it runs, its log says why it does not reach NATS`,
    );
  }
  const { readiness } = sidecar.process.value;
  if (readiness.draining) return failed("it is on its way out", "wait for it to end, and start it again");
  // What it waits for is told by the step that it belongs to.
  return ok(readiness.ready ? "ready" : `answers, but waits for ${readiness.waitingFor.map(described).join("; ")}`);
}

/** What is said of a proxy that only its address tells of. */
export function foreign({ instance }: ProxyFacts): string {
  return `${addressOf(instance)} takes connections, but nobody answers for ${nameOf(instance)} on the bus: it is another maker's, or has lost NATS`;
}

function described({ name, reason }: { readonly name: string; readonly reason?: string }): string {
  return reason === undefined ? name : `${name}: ${reason}`;
}

export function upstreamDeclared({ sidecar, upstream, destination, datacenter }: Facts): Finding {
  if (sidecar === undefined) return notChecked("there is no sidecar to look at");
  if (upstream !== undefined) {
    const where = upstream.Datacenter ? ` in ${upstream.Datacenter}` : "";
    return ok(`${upstream.DestinationName}${where} at ${localAddress(upstream)}`);
  }
  const others = (sidecar.instance.Service.Proxy?.Upstreams ?? []).map(({ DestinationName, Datacenter }) =>
    Datacenter ? `${DestinationName} in ${Datacenter}` : DestinationName,
  );
  const asked = datacenter === undefined ? destination : `${destination} in ${datacenter}`;
  const has = others.length === 0 ? "it has none" : `it has ${others.join(", ")}`;
  return failed(
    `${sidecar.instance.Service.ID} has no upstream ${asked}: ${has}`,
    `add { destination_name = "${destination}", local_bind_port = … } to "upstreams" in its definition and register it again`,
  );
}

export function localPort({ sidecar, upstream }: Facts): Finding {
  if (sidecar === undefined || upstream === undefined) return notChecked("there is no upstream to look at");
  if (sidecar.process.kind === "unknown") return notChecked(sidecar.process.why);
  const process = sidecar.process.value;
  if (process === undefined) return notChecked("the sidecar does not run");
  if (process.routes === undefined) {
    return notChecked(`the sidecar has no table yet: it waits for ${process.readiness.waitingFor.map(described)}`);
  }
  const name = listenerName(upstream);
  const listener = process.routes.listeners.find((each) => each.name === name);
  if (listener?.bound) return ok(`the sidecar listens on ${localAddress(upstream)}`);
  if (listener === undefined) {
    const reason = process.routes.unavailable.find((each) => each.name === name)?.reason;
    return reason === undefined
      ? notChecked(`the sidecar has not read this registration yet: it knows no listener ${name}`)
      : failed(`the sidecar does not open it: ${reason}`, "see the reason; it is tried again at each change");
  }
  const told = process.readiness.waitingFor.find(({ reason }) => reason?.includes(name))?.reason;
  return failed(
    `the sidecar cannot listen on ${localAddress(upstream)}: ${told ?? "see its log"}`,
    `find out who has the port, ss -ltnp 'sport = :${upstream.LocalBindPort}', and end it, or choose another local_bind_port`,
  );
}

/** Name of the listener that a sidecar has for an upstream. */
export function listenerName({ DestinationName, LocalBindAddress, LocalBindPort }: Upstream): string {
  return `${DestinationName}:${LocalBindAddress || "127.0.0.1"}:${LocalBindPort ?? 0}`;
}

/** Where the application calls an upstream. */
export function localAddress({ LocalBindAddress, LocalBindPort }: Upstream): string {
  return hostPort(LocalBindAddress || "127.0.0.1", LocalBindPort ?? 0);
}
