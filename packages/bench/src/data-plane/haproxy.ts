import type { Peer, PeerTls } from "./peer.ts";

const PEER = { name: "HAProxy", packages: "haproxy", program: "haproxy" };

/** More than any load opens; HAProxy makes room for all of them beforehand, and refuses to start where files are too few for them. */
const MAX_CONNECTIONS = 9_500;

/** What has a line written to standard output when a connection ends, as a gateway does. */
const LOGGED = ["  log stdout format raw local0", "  option tcplog"];

/** HAProxy with one thread, which reads the server name and passes the bytes on; it writes nothing down. */
export const haproxyPassthrough: Peer = { ...PEER, configure: passOn("haproxy.cfg", []) };

/** The same HAProxy with a line of log for each connection. */
export const haproxyLogging: Peer = {
  ...PEER,
  name: `${PEER.name}, logging,`,
  configure: passOn("haproxy-logging.cfg", LOGGED),
};

function passOn(file: string, log: readonly string[]): Peer["configure"] {
  return async (port, { backendPort, folder }) => {
    const rules = [
      ...log,
      "  tcp-request inspect-delay 3s",
      "  tcp-request content accept if { req.ssl_hello_type 1 }",
      "  use_backend measured if { req.ssl_sni -m end .consul }",
    ];
    const text = configuration(`127.0.0.1:${port}`, rules, `127.0.0.1:${backendPort}`);
    return ["-db", "-f", await folder.write(file, text)];
  };
}

/** HAProxy with one thread, which ends mutual TLS; sessions can be resumed by tickets. */
export function haproxyTermination({ cert, key, ca }: PeerTls): Peer {
  return {
    ...PEER,
    configure: async (port, { backendPort, folder }) => {
      const crt = await folder.write("haproxy-leaf.pem", `${cert}\n${key}`);
      const caFile = await folder.write("haproxy-ca.pem", ca);
      const bind = `127.0.0.1:${port} ssl crt ${crt} ca-file ${caFile} verify required`;
      return [
        "-db",
        "-f",
        await folder.write(
          "haproxy-tls.cfg",
          configuration(bind, ["  default_backend measured"], `127.0.0.1:${backendPort}`),
        ),
      ];
    },
  };
}

/** What HAProxy dials by mutual TLS, and whether it resumes sessions, as it does unless told. */
export type HaproxyDialling = PeerTls & {
  readonly port: number;
  readonly sessions: "resumed" | "none";
};

/**
 * HAProxy with one thread, which takes in by plain TCP and goes on by mutual TLS; it verifies the chain of the far side, not who that is. It
 * sends no server name, which it would look for in the certificate.
 */
export function haproxyDialling({ cert, key, ca, port: far, sessions }: HaproxyDialling): Peer {
  return {
    ...PEER,
    name: sessions === "none" ? `${PEER.name}, full handshakes,` : PEER.name,
    configure: async (port, { folder }) => {
      const crt = await folder.write("haproxy-client.pem", `${cert}\n${key}`);
      const caFile = await folder.write("haproxy-roots.pem", ca);
      const verified = `ssl crt ${crt} ca-file ${caFile} verify required`;
      const server = `127.0.0.1:${far} ${verified}${sessions === "none" ? " no-ssl-reuse" : ""}`;
      const text = configuration(`127.0.0.1:${port}`, ["  default_backend measured"], server);
      return ["-db", "-f", await folder.write(`haproxy-dialling-${sessions}.cfg`, text)];
    },
  };
}

function configuration(bind: string, rules: readonly string[], server: string): string {
  return [
    "global",
    "  nbthread 1",
    `  maxconn ${MAX_CONNECTIONS}`,
    "defaults",
    "  mode tcp",
    "  timeout connect 10s",
    "  timeout client 10m",
    "  timeout server 10m",
    "frontend mesh",
    `  bind ${bind}`,
    ...rules,
    "backend measured",
    `  server backend ${server}`,
    "",
  ].join("\n");
}
