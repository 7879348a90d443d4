import type { AgentContext } from "../context.ts";
import type { ApiRequest } from "../http/endpoint.ts";
import { renderBody } from "../http/render-body.ts";
import type { Json } from "../render/catalog-json.ts";
import { memberJson, type StoredMember, wanMember } from "../render/member-json.ts";
import { type AnswerElsewhereOptions, answerElsewhere } from "./answer-elsewhere.ts";

type Agent = AnswerElsewhereOptions & Pick<AgentContext, "datacenter">;

/** What a server is called that has never been heard. */
const UNHEARD = "server";

/** Who takes part in other datacenters; who did so last is remembered, so that they keep their names while they cannot be reached. */
export class MembersElsewhere {
  readonly #agent: Agent;
  readonly #ask: ReturnType<typeof answerElsewhere>;
  readonly #last = new Map<string, readonly Json[]>();

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#ask = answerElsewhere(agent);
  }

  /**
   * The members of every other datacenter that is known, as gossip among servers would tell of them; those that whoever asked may see
   * there. Where nobody can be reached, one has failed at least.
   */
  async all(request: ApiRequest): Promise<readonly Json[]> {
    const { datacenter, datacenters } = this.#agent;
    const others = datacenters.names().filter((name) => name !== datacenter);
    return (await Promise.all(others.map((other) => this.#of(other, request)))).flat();
  }

  async #of(datacenter: string, { headers, query, client }: ApiRequest): Promise<readonly Json[]> {
    const token = query.get("token");
    const asked = new URLSearchParams(token === null ? {} : { token });
    const path = "/v1/agent/members";
    const request: ApiRequest = { method: "GET", path, rest: "", query: asked, headers, body: "", client };
    const { status, body } = await this.#ask(datacenter, request);
    if (status === 200) {
      const { content } = renderBody(body, false);
      const members = (JSON.parse(new TextDecoder().decode(content)) as StoredMember[]).map(wanMember);
      this.#last.set(datacenter, members);
      return members;
    }
    const node = { ID: "", Node: UNHEARD, Address: "" };
    const failed = memberJson({ node, datacenter, status: "failed" }, "wan");
    return (this.#last.get(datacenter) ?? [failed]).map((member) => ({ ...member, Status: failed["Status"] }));
  }
}
