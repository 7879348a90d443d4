import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A mesh that has just started may need a moment, the longer the more its machine has to do. */
export const TIMEOUT_MS = 60_000;

/** An answer that takes longer does not come any more. */
const ANSWER_MS = 15_000;

/** A connection on which something has been said and answered, so that it is known to be let in. */
export type Conversation = AsyncDisposable & { readonly socket: Socket; readonly answer: string };

/** Says `text` to whatever listens on a local port; resolves when that has answered. */
export async function openConversation(port: number, text: string): Promise<Conversation> {
  const socket = connect(port, "127.0.0.1");
  // A reset is told by "close" too; without a listener it would end the process.
  socket.on("error", () => undefined);
  const signal = AbortSignal.timeout(ANSWER_MS);
  socket.write(text);
  const [first] = (await Promise.race([
    once(socket, "data", { signal }),
    once(socket, "close", { signal }).then(() => [undefined]),
  ])) as [Buffer | undefined];
  if (first === undefined) throw new Error("the connection was closed without an answer");
  return { socket, answer: first.toString(), [Symbol.asyncDispose]: async () => void socket.destroy() };
}

/** Says one line and gives what comes back. */
export async function say(port: number, text: string): Promise<string> {
  await using conversation = await openConversation(port, text);
  return conversation.answer;
}

/** Resolves when a connection is gone, by a reset as well as by an orderly end. */
export async function gone({ socket }: Conversation): Promise<void> {
  try {
    await once(socket, "close", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
}
