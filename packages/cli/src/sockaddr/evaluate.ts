import { isIPv6 } from "node:net";
import { AddressError } from "./errors.ts";
import { Arguments, FUNCTIONS, type Value } from "./functions.ts";
import type { AddressSource } from "./host.ts";
import { Refusal, refuse } from "./refusal.ts";
import { type Argument, type Call, type Piece, type Pipeline, parseTemplate } from "./template.ts";

/**
 * Evaluates a go-sockaddr template, such as `{{ GetInterfaceIP "eth0" }}:8443`, over the addresses of a host.
 *
 * Text without `{{` stays as it is. An IPv6 address that a port follows is put in brackets, so that a template works for either
 * family. Throws an AddressError that names the template, the function and what there is to choose from.
 *
 * @see https://pkg.go.dev/github.com/hashicorp/go-sockaddr/template
 */
export function evaluateAddress(template: string, source: AddressSource): string {
  const pieces = parseTemplate(template);
  return pieces.map((piece, index) => render(piece, pieces[index + 1], { template, source })).join("");
}

type Evaluation = { readonly template: string; readonly source: AddressSource };

function render(piece: Piece, next: Piece | undefined, evaluation: Evaluation): string {
  if (piece.kind === "text") return piece.text;
  const value = evaluatePipeline(piece.pipeline, evaluation);
  if (typeof value === "object") {
    const call = piece.pipeline.at(-1)?.source ?? "";
    const reason = 'gives a list of addresses, not one; add | attr "address"';
    throw new AddressError({ code: "FUNCTION", text: evaluation.template, call, reason });
  }
  const text = String(value);
  const portFollows = next?.kind === "text" && /^:\d+$/.test(next.text);
  return portFollows && isIPv6(text) ? `[${text}]` : text;
}

function evaluatePipeline(pipeline: Pipeline, evaluation: Evaluation): Value {
  const [first, ...others] = pipeline;
  const start = first === undefined ? "" : evaluateCall(first, [], evaluation);
  return others.reduce<Value>((piped, call) => evaluateCall(call, [piped], evaluation), start);
}

function evaluateCall(call: Call, piped: readonly Value[], evaluation: Evaluation): Value {
  const { template, source } = evaluation;
  const known = FUNCTIONS.get(call.name);
  const values = [...call.args.map((arg) => evaluateArgument(arg, evaluation)), ...piped];
  try {
    if (known === undefined) return refuse(`no function is called so; there are ${[...FUNCTIONS.keys()].join(", ")}`);
    if (values.length !== known.parameters) refuse(`has ${values.length} arguments; write it as ${known.usage}`);
    return known.run(new Arguments(values), source);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AddressError({ code: "FUNCTION", text: template, call: call.source, reason: error.message });
  }
}

function evaluateArgument(argument: Argument, evaluation: Evaluation): Value {
  return argument.kind === "pipeline" ? evaluatePipeline(argument.pipeline, evaluation) : argument.value;
}
