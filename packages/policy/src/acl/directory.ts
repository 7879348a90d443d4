import { type AclPolicy, type AclRole, type AclToken, ANONYMOUS_SECRET, withIndexes } from "@causeway/model";
import { Authorizer } from "./authorizer.ts";
import { nodeIdentityRules, serviceIdentityRules } from "./identities.ts";
import { parseRules, RulesError } from "./parse-rules.ts";
import type { Rule } from "./rule.ts";

/** Where a directory stands, and what holds where no rule does. */
export type DirectoryOptions = { readonly datacenter: string; readonly defaultPolicy: "allow" | "deny" };

/** A token that was shown, and what it may do. */
export type Resolved = { readonly token: AclToken; readonly authorizer: Authorizer };

/** One change of the bucket `acl`. */
export type AclChange = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly revision: number;
  readonly record: { readonly value: unknown } | undefined;
};

/** Every policy, role and token as of the last change, and what follows from them for whoever shows a secret. */
export class AclDirectory {
  readonly #options: DirectoryOptions;
  readonly #policies = new Map<string, AclPolicy>();
  readonly #roles = new Map<string, AclRole>();
  readonly #tokens = new Map<string, AclToken>();
  readonly #accessorBySecret = new Map<string, string>();
  /** By AccessorID, until the next change. */
  readonly #authorizers = new Map<string, Authorizer>();
  #resetIndex: number | undefined;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** By ID. */
  get policies(): ReadonlyMap<string, AclPolicy> {
    return this.#policies;
  }

  /** By ID. */
  get roles(): ReadonlyMap<string, AclRole> {
    return this.#roles;
  }

  /** By AccessorID. */
  get tokens(): ReadonlyMap<string, AclToken> {
    return this.#tokens;
  }

  /** The index by which an operator allows another bootstrap; undefined before the first one. */
  get resetIndex(): number | undefined {
    return this.#resetIndex;
  }

  policyNamed(name: string): AclPolicy | undefined {
    return [...this.#policies.values()].find(({ Name }) => Name === name);
  }

  roleNamed(name: string): AclRole | undefined {
    return [...this.#roles.values()].find(({ Name }) => Name === name);
  }

  /** The token with this secret, expired or not, wherever it holds. */
  tokenWithSecret(secret: string): AclToken | undefined {
    return this.#tokens.get(this.#accessorBySecret.get(secret) ?? "");
  }

  /** Takes in one change. */
  apply({ kind, names: [id = ""], revision, record }: AclChange): void {
    this.#authorizers.clear();
    const value = record && withIndexes(record.value as object, revision);
    if (kind === "policy") put(this.#policies, id, value as AclPolicy | undefined);
    if (kind === "role") put(this.#roles, id, value as AclRole | undefined);
    if (kind === "token") this.#putToken(id, value as AclToken | undefined);
    if (kind === "bootstrap") this.#resetIndex = record && revision;
  }

  /** What whoever shows `secret` ("" for nothing) may do at `nowMs`; undefined when no token that holds here has it. */
  resolve(secret: string, nowMs: number): Resolved | undefined {
    const token = this.tokenWithSecret(secret === "" ? ANONYMOUS_SECRET : secret);
    if (token === undefined || hasExpired(token, nowMs)) return undefined;
    if (token.Datacenter !== undefined && token.Datacenter !== this.#options.datacenter) return undefined;
    let authorizer = this.#authorizers.get(token.AccessorID);
    if (authorizer === undefined) {
      authorizer = this.#authorizerOf(token);
      this.#authorizers.set(token.AccessorID, authorizer);
    }
    return { token, authorizer };
  }

  #putToken(id: string, token: AclToken | undefined): void {
    const before = this.#tokens.get(id);
    if (before !== undefined) this.#accessorBySecret.delete(before.SecretID);
    put(this.#tokens, id, token);
    if (token !== undefined) this.#accessorBySecret.set(token.SecretID, id);
  }

  #authorizerOf(token: AclToken): Authorizer {
    const { datacenter, defaultPolicy } = this.#options;
    try {
      return new Authorizer(this.#rulesOf(token, datacenter), defaultPolicy);
    } catch (error) {
      // A policy is read before it is stored. One that cannot be read after all may be one that denies something.
      if (error instanceof RulesError) return new Authorizer([], "deny");
      throw error;
    }
  }

  #rulesOf(token: AclToken, datacenter: string): Rule[] {
    const roles = token.Roles.flatMap((id) => this.#roles.get(id) ?? []);
    const holders = [token, ...roles];
    const policies = new Set(holders.flatMap(({ Policies }) => Policies));
    const holds = (datacenters: readonly string[]) => datacenters.length === 0 || datacenters.includes(datacenter);
    return [
      ...[...policies]
        .flatMap((id) => this.#policies.get(id) ?? [])
        .filter(({ Datacenters }) => holds(Datacenters))
        .flatMap(({ Rules }) => parseRules(Rules)),
      ...holders
        .flatMap(({ ServiceIdentities }) => ServiceIdentities)
        .filter(({ Datacenters }) => holds(Datacenters))
        .flatMap(({ ServiceName }) => serviceIdentityRules(ServiceName)),
      ...holders
        .flatMap(({ NodeIdentities }) => NodeIdentities)
        .filter(({ Datacenter }) => Datacenter === datacenter)
        .flatMap(({ NodeName }) => nodeIdentityRules(NodeName)),
    ];
  }
}

/** Whether a token is past its time; one without any never is. */
export function hasExpired({ ExpirationTime }: Pick<AclToken, "ExpirationTime">, nowMs: number): boolean {
  return ExpirationTime !== undefined && Date.parse(ExpirationTime) <= nowMs;
}

function put<T>(records: Map<string, T>, id: string, record: T | undefined): void {
  if (record === undefined) records.delete(id);
  else records.set(id, record);
}
