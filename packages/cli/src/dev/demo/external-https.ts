import { readFile } from "node:fs/promises";
import { startTlsServer } from "@causeway/testkit";
import { sayReady, serveUntilStopped } from "./program.ts";

/** The external HTTPS service of the demo: its CA is its own, and it lets in only clients with a certificate of that CA. */
const [caFile = "", certFile = "", keyFile = ""] = process.argv.slice(2);
const [clientCa, cert, key] = await Promise.all([caFile, certFile, keyFile].map((file) => readFile(file, "utf8")));
const server = await startTlsServer({
  name: "billing",
  cert: cert ?? "",
  key: key ?? "",
  clientCa: clientCa ?? "",
  requireClientCertificate: true,
});
sayReady({ port: server.port });
await serveUntilStopped();
