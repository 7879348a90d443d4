import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Peer, PeerPlace, PeerTls } from "./peer.ts";

const PEER = { name: "nginx", packages: "nginx-light libnginx-mod-stream", program: "nginx" };

/** Each connection through it takes two. */
const WORKER_CONNECTIONS = 19_000;

/** nginx in one process, which reads the server name and passes the bytes on. */
export const nginxPassthrough: Peer = {
  ...PEER,
  configure: (port, place, program) =>
    configure("nginx", place, program, [
      "  map $ssl_preread_server_name $chosen {",
      `    default 127.0.0.1:${place.backendPort};`,
      "  }",
      "  server {",
      `    listen 127.0.0.1:${port} backlog=4096;`,
      "    ssl_preread on;",
      "    proxy_pass $chosen;",
      "  }",
    ]),
};

/** nginx in one process, which ends mutual TLS; sessions can be resumed by tickets. */
export function nginxTermination({ cert, key, ca }: PeerTls): Peer {
  return {
    ...PEER,
    configure: async (port, place, program) => {
      const { folder } = place;
      return await configure("nginx-tls", place, program, [
        "  server {",
        `    listen 127.0.0.1:${port} ssl backlog=4096;`,
        `    ssl_certificate ${await folder.write("nginx-leaf.pem", cert)};`,
        `    ssl_certificate_key ${await folder.write("nginx-leaf.key", key)};`,
        `    ssl_client_certificate ${await folder.write("nginx-ca.pem", ca)};`,
        "    ssl_verify_client on;",
        "    ssl_verify_depth 3;",
        "    ssl_protocols TLSv1.2 TLSv1.3;",
        "    ssl_session_cache off;",
        "    ssl_session_tickets on;",
        `    proxy_pass 127.0.0.1:${place.backendPort};`,
        "  }",
      ]);
    },
  };
}

async function configure(
  name: string,
  { folder }: PeerPlace,
  program: string,
  stream: readonly string[],
): Promise<readonly string[]> {
  const text = [
    // Debian has the module beside the program; elsewhere it may be a part of it.
    ...modules(program).map((path) => `load_module ${path};`),
    "daemon off;",
    "master_process off;",
    `pid ${folder.path}/${name}.pid;`,
    "error_log stderr warn;",
    `events { worker_connections ${WORKER_CONNECTIONS}; }`,
    "stream {",
    "  proxy_timeout 10m;",
    ...stream,
    "}",
    "",
  ].join("\n");
  return ["-e", "stderr", "-p", folder.path, "-c", await folder.write(`${name}.conf`, text)];
}

function modules(program: string): readonly string[] {
  const path = join(dirname(program), "../lib/nginx/modules/ngx_stream_module.so");
  return existsSync(path) ? [path] : [];
}
