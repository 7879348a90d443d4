import { ask } from "@causeway/bus";
import type { CaRoots } from "@causeway/model";
import { splitCertificates } from "@causeway/pki";
import type { AgentContext } from "../context.ts";
import type { Answer } from "../http/endpoint.ts";
import { rootsJson } from "../render/ca-json.ts";

type Agent = Pick<AgentContext, "bus" | "log">;

/**
 * An answer that tells the roots, with what the CA of this datacenter signs by among the intermediates of its root; in the primary
 * datacenter roots sign themselves. While that CA cannot be asked the answer is as it was, and the log says so: it is for people and
 * for who checks chains, and leaves come with their intermediates anyway.
 */
export async function withOwnIntermediates(agent: Agent, answer: Answer, roots: CaRoots | undefined): Promise<Answer> {
  const { bus, log } = agent;
  if (bus.datacenter === bus.primaryDatacenter || roots === undefined) return answer;
  if (answer.status !== 200 || answer.body.kind !== "json") return answer;
  try {
    const { CertPEM, RootID } = await ask(bus, "ca.intermediate", {});
    const own = splitCertificates(CertPEM);
    const Roots = roots.Roots.map((root) => (root.ID === RootID ? { ...root, IntermediateCerts: own } : root));
    return { ...answer, body: { kind: "json", value: rootsJson({ ...roots, Roots }) } };
  } catch (error) {
    log.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      "intermediate not told with the roots",
    );
    return answer;
  }
}
