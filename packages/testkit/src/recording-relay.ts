import { connect, createServer, type Socket } from "node:net";
import { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";

/** What has passed through a relay, in both directions, over all its connections. */
export type RecordingRelay = ListeningServer & {
  /** TLS records that the side which dialled has sent, each as hexadecimal text with its header. */
  fromClient(): readonly string[];
  /** TLS records that came back. */
  fromServer(): readonly string[];
};

/** First byte of a record of application data, which with TLS 1.3 is every encrypted one. */
export const APPLICATION_DATA = "17";

const HEADER_BYTES = 5;

/** Stands before a port and keeps a copy of all that passes; connections wait for a port that is not known yet. */
export async function startRecordingRelay(
  targetPort: number | Promise<number>,
  { host = "127.0.0.1", port = 0 }: ListenOptions = {},
): Promise<RecordingRelay> {
  const fromClient: Buffer[] = [];
  const fromServer: Buffer[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    void Promise.resolve(targetPort).then((known) => {
      const target = connect({ port: known, host, allowHalfOpen: true });
      copy(client, target, fromClient);
      copy(target, client, fromServer);
    });
  });
  return {
    ...(await listen(server, { host, port })),
    fromClient: () => recordsOf(Buffer.concat(fromClient)),
    fromServer: () => recordsOf(Buffer.concat(fromServer)),
  };
}

function copy(from: Socket, to: Socket, seen: Buffer[]): void {
  from.on("data", (chunk: Buffer) => seen.push(chunk));
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
  from.pipe(to);
}

/** @see https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
function recordsOf(bytes: Buffer): readonly string[] {
  const records: string[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + HEADER_BYTES + bytes.readUInt16BE(at + 3);
    records.push(bytes.toString("hex", at, end));
    at = end;
  }
  return records;
}
