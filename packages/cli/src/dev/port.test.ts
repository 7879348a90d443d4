import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { refuseTakenPort } from "./port.ts";

test("a port that is taken is refused with what to do, and free again when nobody listens", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(refuseTakenPort(port)).rejects.toThrow(`port ${port} on 127.0.0.1 is taken, perhaps by another agent`);
  server.close();
  await once(server, "close");
  await refuseTakenPort(port);
});

test("no port in particular is never refused", () => refuseTakenPort(0));
