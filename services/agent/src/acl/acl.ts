import type { AclToken } from "@causeway/model";
import { Authorizer, type Permission } from "@causeway/policy";
import type { Clock } from "@causeway/runtime";
import type { AgentConfig } from "../config.ts";
import type { ApiRequest } from "../http/endpoint.ts";
import { type ApiError, answered } from "../http/errors.ts";
import type { Source } from "../source.ts";
import type { AclView } from "./acl-view.ts";
import type { OwnTokens } from "./own-tokens.ts";
import { secretOf } from "./secret-of.ts";

/** What whoever asks may do. */
export type Access = {
  readonly authorizer: Authorizer;
  /** Undefined while the down policy decides. */
  readonly token: AclToken | undefined;
};

/** What the agent is told of ACLs. */
export type AclConfig = Pick<AgentConfig, "aclDefaultPolicy" | "aclDownPolicy">;

/** Says who asks and what they may do, from the agent's own copy of the ACL state: no request waits for another process. */
export class Acl {
  readonly source: Source<AclView>;
  /** The agent's own; the default one may be set while it runs. */
  readonly own: OwnTokens;
  readonly #config: AclConfig;
  readonly #clock: Clock;

  constructor(source: Source<AclView>, own: OwnTokens, config: AclConfig, clock: Clock) {
    this.source = source;
    this.own = own;
    this.#config = config;
    this.#clock = clock;
  }

  /** What holds where no rule does. */
  get defaultPolicy(): "allow" | "deny" {
    return this.#config.aclDefaultPolicy;
  }

  /** The secret by which a request asks; "" is the anonymous token's. */
  secretOf(request: Pick<ApiRequest, "query" | "headers">): string {
    return secretOf(request) || this.own.default;
  }

  /** What the token that has this secret is called where secrets are not told; undefined when it is not known. */
  accessorOf(secret: string): string | undefined {
    if (!this.source.current) return undefined;
    return this.source.view.directory.resolve(secret, this.#clock.now())?.token?.AccessorID;
  }

  /**
   * What whoever sent `request` may do now. Throws an ApiError: 403 `ACL not found` for a secret that no token has, or `NOT_READY` while
   * the ACL state has not been read and the down policy waits for it.
   */
  accessOf(request: Pick<ApiRequest, "query" | "headers">): Access {
    const down = this.source.current ? undefined : this.#config.aclDownPolicy;
    if (down === "allow" || down === "deny") return { authorizer: new Authorizer([], down), token: undefined };
    const { directory } = this.source.view;
    const resolved = directory.resolve(this.secretOf(request), this.#clock.now());
    if (resolved === undefined) throw answered(403, "ACL not found");
    return resolved;
  }

  /** Throws an ApiError 403 unless whoever sent `request` has the permission. */
  require(request: Pick<ApiRequest, "query" | "headers">, permission: Permission, name?: string): Access {
    const access = this.accessOf(request);
    if (!access.authorizer.may(permission, name)) throw denied();
    return access;
  }
}

/** Consul's refusal; 1.8 says what is missing only where `missing` tells it. */
export function denied(missing?: string): ApiError {
  return answered(403, missing === undefined ? "Permission denied" : `Permission denied: Missing ${missing}`);
}
