import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";

/** The bytes with which Node's own TLS client opens a connection: a real ClientHello, whole. */
export async function captureHello(options: ConnectionOptions): Promise<Uint8Array> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect({ ...options, host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  client.on("error", () => undefined);
  const [socket] = await accepted;
  const chunks: Buffer[] = [];
  for (;;) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    chunks.push(chunk);
    if (isWhole(Buffer.concat(chunks))) break;
  }
  client.destroy();
  socket.destroy();
  server.close();
  return new Uint8Array(Buffer.concat(chunks));
}

/** Counted on its own, not with the reader that is tested. */
function isWhole(bytes: Buffer): boolean {
  let payload = 0;
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    payload += Math.min(bytes.readUInt16BE(at + 3), bytes.length - at - 5);
  }
  return bytes.length >= 9 && payload >= 4 + bytes.readUIntBE(6, 3);
}

/** The same handshake message in records of at most `size` bytes. */
export function splitIntoRecords(hello: Uint8Array, size: number): Uint8Array {
  const payload: number[] = [];
  for (let at = 0; at < hello.length; ) {
    const length = (hello[at + 3] ?? 0) * 256 + (hello[at + 4] ?? 0);
    payload.push(...hello.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  const records: number[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const fragment = payload.slice(at, at + size);
    records.push(22, 3, 1, fragment.length >> 8, fragment.length & 255, ...fragment);
  }
  return Uint8Array.from(records);
}

/** A ClientHello written by hand, with these extensions. */
export function craftHello(
  extensions: readonly { readonly type: number; readonly body: readonly number[] }[],
): Uint8Array {
  const list = extensions.flatMap(({ type, body }) => [...uint16(type), ...uint16(body.length), ...body]);
  const fields = [3, 3, ...new Array(32).fill(7), 0, 0, 2, 0x13, 0x01, 1, 0, ...uint16(list.length), ...list];
  const message = [1, fields.length >> 16, (fields.length >> 8) & 255, fields.length & 255, ...fields];
  return Uint8Array.from([22, 3, 1, ...uint16(message.length), ...message]);
}

/** One entry of a server name list; type 0 is a host name. */
export type NameEntry = { readonly type?: number; readonly name: string };

/** The body of a server_name extension with these entries. */
export function serverNames(...entries: readonly NameEntry[]): number[] {
  const list = entries.flatMap(({ type = 0, name }) => [type, ...uint16(name.length), ...Buffer.from(name, "latin1")]);
  return [...uint16(list.length), ...list];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 255];
}
