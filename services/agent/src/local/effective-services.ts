import type { Source } from "../source.ts";
import { type ConfigView, configTopics } from "../views/config-view.ts";
import { centralConfigOf, withCentralConfig } from "./central-config.ts";
import type { LocalService } from "./local-service.ts";
import type { LocalState } from "./local-state.ts";

/** Kinds of config entries that bear on how local proxies are registered. */
const DEFAULTS = ["proxy-defaults", "service-defaults"];

/** The services of an agent as the catalog is to know them: proxies with the defaults that config entries give them. */
export class EffectiveServices {
  readonly #state: LocalState;
  readonly #configEntries: Source<ConfigView>;

  constructor(state: LocalState, configEntries: Source<ConfigView>) {
    this.#state = state;
    this.#configEntries = configEntries;
  }

  /** Every service, by ID. Until config entries can be read, each is as it was registered. */
  all(): ReadonlyMap<string, LocalService> {
    return new Map([...this.#state.services].map(([id, service]) => [id, this.#effective(service)]));
  }

  one(id: string): LocalService | undefined {
    const service = this.#state.services.get(id);
    return service && this.#effective(service);
  }

  /** Calls `listener` with the IDs that may differ, after each change of the services or of the defaults, until the function that comes back is called. */
  onChange(listener: (ids: readonly string[]) => void): () => void {
    const forgetState = this.#state.onChange(({ services }) => services.length > 0 && listener(services));
    const proxies = () => [...this.#state.services.values()].filter(({ Kind }) => Kind !== "").map(({ ID }) => ID);
    const forgetDefaults = this.#configEntries.topics.subscribe(DEFAULTS.map(configTopics.kind), () =>
      listener(proxies()),
    );
    return () => {
      forgetState();
      forgetDefaults();
    };
  }

  #effective(service: LocalService): LocalService {
    if (!this.#configEntries.current) return service;
    return withCentralConfig(service, centralConfigOf(this.#configEntries.view));
  }
}
