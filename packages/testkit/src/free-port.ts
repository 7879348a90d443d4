import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * A TCP port on which nobody listens now.
 *
 * Only for what cannot be told to listen on port 0 and say which port it got: somebody else may take the port in between.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
