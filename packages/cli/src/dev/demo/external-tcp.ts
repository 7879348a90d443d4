import { startTcpEcho } from "@causeway/testkit";
import { sayReady, serveUntilStopped, whereToListen } from "./program.ts";

/** The external plain TCP service of the demo: it says back what it is told. */
const server = await startTcpEcho(whereToListen());
sayReady({ port: server.port });
await serveUntilStopped();
