import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_PARTED_BYTES, PART_BYTES, PartsInboxes, sendParts } from "../src/index.ts";
import { connectTo, natsForFile, type TestBus } from "./support.ts";

const nats = natsForFile();
let sender: TestBus;
let receiver: TestBus;
let inboxes: PartsInboxes;
beforeAll(async () => {
  [sender, receiver] = await Promise.all([connectTo(nats()), connectTo(nats())]);
  inboxes = new PartsInboxes(receiver);
});
afterAll(async () => {
  await Promise.all([sender, receiver].map((bus) => bus.drain()));
});

test.each([
  ["nothing", Buffer.alloc(0), 1],
  ["what shrinks to one part", Buffer.alloc(20_000_000, "ab"), 1],
  ["what does not shrink", randomBytes(5 * PART_BYTES), 6],
])("%s arrives whole", async (_, bytes, parts) => {
  using inbox = inboxes.open();
  using other = inboxes.open();
  await receiver.connection.flush();
  const counts = await Promise.all([sendParts(sender, inbox.subject, bytes), sendParts(sender, other.subject, bytes)]);
  expect(counts).toEqual([parts, parts]);
  expect(Buffer.compare(await inbox.whole(parts), bytes)).toBe(0);
  expect(Buffer.compare(await other.whole(parts), bytes)).toBe(0);
});

test("what is too large is not sent", async () => {
  const bytes = new Uint8Array(MAX_PARTED_BYTES + 1);
  await expect(sendParts(sender, "nowhere", bytes)).rejects.toThrow("ask for less at a time");
});

test("a part that does not come is not waited for in vain", async () => {
  using inbox = inboxes.open();
  await receiver.connection.flush();
  const count = await sendParts(sender, inbox.subject, randomBytes(PART_BYTES));
  await expect(inbox.whole(count + 1, 1)).rejects.toMatchObject({ failure: { code: "TIMEOUT" } });
});

test("parts that are no value are refused", async () => {
  using inbox = inboxes.open();
  await receiver.connection.flush();
  sender.connection.publish(`${inbox.subject}.0`, "x");
  await expect(inbox.whole(1)).rejects.toMatchObject({ failure: { code: "UNREADABLE" } });
});
