import { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";

/** What else the client says of itself, beside the server name. */
export type ClientHelloOptions = Pick<ConnectionOptions, "ALPNProtocols" | "minVersion" | "maxVersion">;

/**
 * The first bytes that a real TLS client (OpenSSL) sends: its ClientHello, in whole.
 *
 * @param serverName - what it asks for in the SNI extension; undefined leaves the extension out.
 */
export async function captureClientHello(
  serverName: string | undefined,
  options: ClientHelloOptions = {},
): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const network = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      resolve(chunk);
      done();
    },
  });
  const client = connect({
    ...options,
    socket: network,
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
  client.on("error", () => {});
  try {
    return await promise;
  } finally {
    client.destroy();
    network.destroy();
  }
}
