import { type Conversation, dialMesh, type MeshIdentity, type MeshTrust, type TerminatingGateway } from "@causeway/e2e";
import { eventually } from "@causeway/testkit";

/** A connection through the gateway that has carried bytes both ways; tried until the gateway lets it in. */
export function openThrough(
  gateway: TerminatingGateway,
  service: string,
  client: { readonly identity: MeshIdentity; readonly trust: MeshTrust },
): Promise<Conversation> {
  return eventually(async () => {
    const conversation = dialMesh({ port: gateway.port, service, ...client });
    try {
      await conversation.echo("x");
      return conversation;
    } catch (error) {
      conversation[Symbol.dispose]();
      throw error;
    }
  });
}
