/**
 * A process that all proxies lead to: answers each ping with one byte, discards what comes in large pieces, and sends as many
 * bytes as a message "down <bytes>" asks for before it ends. Writes its port, then runs until it is told to end.
 *
 * @module
 */
import { createServer, type Socket } from "node:net";
import { ANSWER, countPings, MAX_MESSAGE_BYTES, PIECE, readDownload } from "./messages.ts";

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  client.once("data", () => {
    // Whatever a connection begins with, a ClientHello perhaps, in which any bytes may be.
    client.write(ANSWER);
    client.on("data", (bytes: Buffer) => answer(client, bytes));
  });
  client.on("end", () => client.end());
  // Clients that have measured enough reset their connections.
  client.on("error", () => client.destroy());
});

function answer(client: Socket, bytes: Buffer): void {
  if (bytes.byteLength > MAX_MESSAGE_BYTES) return;
  const wanted = readDownload(bytes);
  if (wanted === undefined) client.write(Buffer.alloc(countPings(bytes), ANSWER));
  else send(client, wanted);
}

/** Sends so many bytes, as fast as they are taken, then ends. */
function send(client: Socket, left: number): void {
  while (left > 0 && !client.destroyed) {
    const piece = left < PIECE.byteLength ? PIECE.subarray(0, left) : PIECE;
    left -= piece.byteLength;
    if (!client.write(piece)) {
      const rest = left;
      client.once("drain", () => send(client, rest));
      return;
    }
  }
  client.end();
}

server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, () => {
  process.stdout.write(`${JSON.stringify(server.address())}\n`);
});
