import type { ServerResponse } from "node:http";
import type { Answer, BodyStream } from "./endpoint.ts";

/** Sends a body that goes on until the client has gone or it is told to end; what a client does not read in time is left out. */
export function sendStream(response: ServerResponse, { status, headers }: Answer, body: BodyStream): void {
  response.writeHead(status, { ...headers, "Content-Type": body.contentType });
  response.flushHeaders();
  if (response.destroyed || body.until.aborted) return void response.end();
  const close = body.open((text) => {
    if (!response.writableNeedDrain) response.write(text);
  });
  const end = () => response.end();
  body.until.addEventListener("abort", end, { once: true });
  response.once("close", () => {
    body.until.removeEventListener("abort", end);
    close();
  });
}
