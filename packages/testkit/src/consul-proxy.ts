import { connect } from "node:net";
import { pipeline } from "node:stream/promises";
import { createServer, type TLSSocket } from "node:tls";
import { firstUri } from "./certificate-uri.ts";
import type { ConsulIdentity } from "./consul-client.ts";
import { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";

/** What a proxy such as Consul's own is started with. */
export type ConsulProxyOptions = ListenOptions & {
  /** The agent that it asks who may come in, as in `http://127.0.0.1:8500`. */
  readonly agent: string;
  /** The service that it stands for, and what that presents. */
  readonly service: string;
  readonly identity: ConsulIdentity;
  /** Where the service itself listens, on 127.0.0.1. */
  readonly applicationPort: number;
};

/** A proxy that tells whom it turned away. */
export type ConsulProxy = ListeningServer & {
  /** For each connection that the agent did not authorize, its reason. */
  readonly denials: readonly string[];
};

/**
 * Starts a proxy that takes mesh connections in as Consul's own does: it wants a certificate, heeds no server name, offers ALPN h2, and
 * asks its agent about each client. A client that is not authorized is cut off, though without the TLS alert that Go sends.
 */
export async function startConsulProxy(options: ConsulProxyOptions): Promise<ConsulProxy> {
  const { identity, applicationPort, ...where } = options;
  const denials: string[] = [];
  const server = createServer({
    cert: identity.cert,
    key: identity.key,
    ca: [...identity.roots],
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
  });
  server.on("secureConnection", async (client) => {
    client.on("error", () => {});
    const reason = await refusalOf(client, options);
    if (reason === undefined) return carry(client, applicationPort);
    denials.push(reason);
    client.destroy();
  });
  return { ...(await listen(server, where)), denials };
}

/** Why the agent does not let a client in; undefined when it does. */
async function refusalOf(client: TLSSocket, { agent, service }: ConsulProxyOptions): Promise<string | undefined> {
  const { raw, serialNumber } = client.getPeerCertificate();
  const response = await fetch(`${agent}/v1/agent/connect/authorize`, {
    method: "POST",
    body: JSON.stringify({
      Target: service,
      ClientCertURI: firstUri(new Uint8Array(raw))?.href ?? "",
      ClientCertSerial: serialNumber.toLowerCase().match(/../g)?.join(":") ?? "",
    }),
  });
  if (!response.ok) return `${response.status} ${await response.text()}`;
  const answer = (await response.json()) as { readonly Authorized: boolean; readonly Reason: string };
  return answer.Authorized ? undefined : answer.Reason;
}

function carry(client: TLSSocket, port: number): void {
  const application = connect({ host: "127.0.0.1", port });
  // Whichever end breaks off, the other goes with it.
  Promise.all([pipeline(client, application), pipeline(application, client)]).catch(() => {});
}
