import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import type { CheckMethod } from "../local-service.ts";
import { HEALTH_PATH, healthQuestion, saysServing } from "./grpc-health.ts";
import type { CheckResult } from "./result.ts";

type GrpcMethod = Extract<CheckMethod, { kind: "grpc" }>;

/** Longer answers to so short a question are none. */
const MAX_ANSWER_BYTES = 4_096;

const UNHEALTHY = "gRPC application didn't report service healthy";

/** gRPC's names of what went wrong, by number. */
const CODES = (
  "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted " +
  "FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated"
).split(" ");

/** Asks a gRPC server, or one service of it, for its health: passing when it serves, critical otherwise or without an answer in time. */
export async function checkGrpc(method: GrpcMethod): Promise<CheckResult> {
  const { target, useTls, skipVerify, timeoutMs } = method;
  const slash = target.indexOf("/");
  const [address, service] = slash === -1 ? [target, ""] : [target.slice(0, slash), target.slice(slash + 1)];
  // Not before somebody has such a check: it costs 11 MB.
  const { connect } = process.getBuiltinModule("node:http2");
  const session = connect(`${useTls ? "https" : "http"}://${address}`, {
    // A health check that was told so; it sends nothing secret and nothing is routed by what it reads.
    rejectUnauthorized: !skipVerify,
  });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const problem = await Promise.race([problemOf(session, service), failureOf(session), deadline(timeout)]);
    if (problem === undefined) return { status: "passing", output: `gRPC check ${target}: success` };
    return { status: "critical", output: problem };
  } finally {
    session.destroy();
  }
}

/** Resolves with what speaks against the service, in the words of Go's gRPC; undefined when it is well. */
function problemOf(session: ClientHttp2Session, service: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const stream = session.request({
    ":method": "POST",
    ":path": HEALTH_PATH,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let answer = Buffer.alloc(0);
  let last: IncomingHttpHeaders = {};
  // A refusal has its code in the headers, which are then the only ones.
  stream.on("response", (headers) => {
    last = headers;
  });
  stream.on("trailers", (headers) => {
    last = { ...last, ...headers };
  });
  stream.on("data", (part: Buffer) => {
    if (answer.length < MAX_ANSWER_BYTES) answer = Buffer.concat([answer, part]);
  });
  stream.on("error", ({ message, cause }) => resolve(unavailable(cause instanceof Error ? cause.message : message)));
  stream.on("end", () => resolve(verdict(last, answer)));
  stream.end(healthQuestion(service));
  return promise;
}

function verdict(headers: IncomingHttpHeaders, answer: Buffer): string | undefined {
  const code = headers["grpc-status"];
  if (code === undefined) {
    return rpcError("Unknown", `unexpected HTTP status ${headers[":status"]} without a gRPC status`);
  }
  if (code !== "0") return rpcError(CODES[Number(code)] ?? "Unknown", decodeMessage(headers["grpc-message"]));
  return saysServing(answer) ? undefined : UNHEALTHY;
}

function failureOf(session: ClientHttp2Session): Promise<string> {
  return new Promise((resolve) => {
    session.on("error", (error) => resolve(unavailable(error.message)));
  });
}

function deadline(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(rpcError("DeadlineExceeded", "context deadline exceeded")));
  });
}

function unavailable(reason: string): string {
  return rpcError("Unavailable", `connection error: desc = "${reason}"`);
}

function rpcError(code: string, reason: string): string {
  return `rpc error: code = ${code} desc = ${reason}`;
}

/** Messages come percent-encoded; one that is not well so is told as it is. */
function decodeMessage(message: string | string[] | undefined): string {
  const text = String(message ?? "");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
