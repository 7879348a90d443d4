import type { Readable, Writable } from "node:stream";
import type { Fields } from "./fields.ts";

/** A request as it came, by whichever HTTP. */
export type Asked = {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The host that is asked for, with a port if it came with one; "" where the client names none. */
  readonly authority: string;
  readonly fields: Fields;
  /** Bytes of the body, "unknown" where only its end tells. */
  readonly length: number | "unknown";
  readonly body: Readable;
  /** What came after the body, once that has ended. */
  readonly trailers: () => Fields;
};

/** The head of an answer. */
export type AnswerHead = {
  readonly status: number;
  readonly fields: Fields;
  /** Whether nothing follows, neither a body nor trailers. */
  readonly last: boolean;
};

/** An answer of whoever was asked. */
export type Answer = AnswerHead & {
  readonly body: Readable;
  /** What came after the body, once that has ended. */
  readonly trailers: () => Fields;
};

/** The way back to whoever asked, by the HTTP that it speaks. */
export interface WayBack {
  readonly body: Writable;
  /** Sends the head, once; with it all that is to be sent if nothing follows. */
  begin(head: AnswerHead): void;
  /** Sends the trailers; the answer is whole then. */
  end(trailers: Fields): void;
  /** Has the client see that the answer is not whole. */
  cutOff(): void;
}

/** The way on to whoever is asked, by the HTTP that it speaks. */
export interface WayOn {
  readonly body: Writable;
  /** The answer; rejects when none comes. */
  readonly answer: Promise<Answer>;
  /** Sends the trailers; the request is whole then. */
  end(trailers: Fields): void;
  /** Gives the request up. */
  cutOff(): void;
}

/** Carries a request on and its answer back, both as they come; rejects when no answer comes, or not to its end. */
export async function exchange(asked: Asked, back: WayBack, on: WayOn): Promise<Answer> {
  carryBody(asked, on);
  const gone = () => {
    if (!back.body.writableFinished) on.cutOff();
  };
  back.body.once("close", gone);
  try {
    const answer = await on.answer;
    back.begin(answer);
    if (answer.last) answer.body.resume();
    else await carryAnswer(answer, back);
    return answer;
  } finally {
    back.body.off("close", gone);
    // Whoever has answered, or failed, reads no more; the client may still be sending.
    asked.body.unpipe(on.body);
    asked.body.resume();
  }
}

/** What becomes of the body on its way decides nothing: whoever is asked may answer before it is whole. */
function carryBody({ length, body, trailers }: Asked, on: WayOn): void {
  on.body.on("error", () => {});
  body.on("error", () => on.cutOff());
  if (length === 0) {
    on.end([]);
    return;
  }
  body.pipe(on.body, { end: false });
  body.once("end", () => on.end(trailers()));
}

function carryAnswer({ body, trailers }: Answer, back: WayBack): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const broken = (error?: Error) => reject(error ?? new Error("the answer broke off"));
  body.once("error", broken).once("close", broken);
  back.body
    .once("error", broken)
    .once("close", () => reject(new Error("the client left before the end of the answer")));
  body.once("end", () => {
    back.end(trailers());
    resolve();
  });
  body.pipe(back.body, { end: false });
  return promise;
}
