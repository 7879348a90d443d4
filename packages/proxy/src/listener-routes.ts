import type { Listener, Route } from "@causeway/routes";
import { Balancer } from "./balancer.ts";
import { targetsOf } from "./failover.ts";
import { matchServerName } from "./match-server-name.ts";
import { matchHost } from "./requests/match-host.ts";

/** A route, and the name in the table that it was found by, where the listener has one for each server name. */
export type Match = { readonly route: Route; readonly matchedName: string | undefined };

/** How the connections of a listener are matched, as a route table says it. */
export type Matching = Listener["match"];

/** What is done at this moment with the connections of one address, and whose turn it is among the endpoints. */
export class ListenerRoutes {
  readonly name: string;
  #matching: Matching | undefined;
  readonly #balancers = new Map<string | undefined, Balancer>();

  constructor(name: string, matching: Matching | undefined) {
    this.name = name;
    this.#matching = matching;
  }

  /** How connections are matched; `undefined` once the table says nothing of this address any more. */
  get matching(): Matching | undefined {
    return this.#matching;
  }

  /** Whether connections are passed on as they come, rather than taken in here. */
  get passOn(): boolean {
    const matching = this.#matching;
    const [route] = matching?.by === "listener" ? [matching.route] : (matching?.routes.values() ?? []);
    return route?.inbound.kind === "passthrough";
  }

  /** Whether nothing can be done for a client before its hello is there. */
  get needHello(): boolean {
    const matching = this.#matching;
    if (matching === undefined || matching.by === "sni") return true;
    const { inbound } = matching.by === "host" ? matching : matching.route;
    return inbound.kind === "mtls" || inbound.kind === "tls";
  }

  /** What the table has for a server name, or the host of a request; on a listener that has only one route the name does not matter. */
  match(name: string | undefined): Match | undefined {
    const matching = this.#matching;
    if (matching?.by === "listener") return { route: matching.route, matchedName: undefined };
    if (matching === undefined || name === undefined) return undefined;
    const match = matching.by === "host" ? matchHost : matchServerName;
    const found = match(matching.routes, name);
    return found === undefined ? undefined : { route: found.value, matchedName: found.key };
  }

  /** Whose turn it is among the endpoints of the route that was found by this name of the table, each target by its own name. */
  balancerOf(matchedName: string | undefined): Balancer {
    const known = this.#balancers.get(matchedName);
    if (known !== undefined) return known;
    const balancer = new Balancer();
    this.#balancers.set(matchedName, balancer);
    return balancer;
  }

  /** Matches from here on as this says, if anything; the turns of what stays go on. */
  assign(matching: Matching | undefined): void {
    this.#matching = matching;
    for (const [matchedName, balancer] of this.#balancers) {
      const route = this.#routeUnder(matchedName);
      if (route === undefined) this.#balancers.delete(matchedName);
      else balancer.retain(new Set(targetsOf(route).map(({ name }) => name)));
    }
  }

  #routeUnder(matchedName: string | undefined): Route | undefined {
    const matching = this.#matching;
    if (matching === undefined) return undefined;
    if (matching.by === "listener") return matchedName === undefined ? matching.route : undefined;
    return matchedName === undefined ? undefined : matching.routes.get(matchedName);
  }
}
