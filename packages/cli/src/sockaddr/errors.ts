import { CommandError } from "../errors.ts";

/** Why a text gives no address; `text` is what the operator wrote. */
export type AddressFailure =
  | { readonly code: "TEMPLATE"; readonly text: string; readonly reason: string }
  | { readonly code: "FUNCTION"; readonly text: string; readonly call: string; readonly reason: string }
  | { readonly code: "ADDRESS"; readonly text: string; readonly reason: string }
  | { readonly code: "PORT"; readonly text: string; readonly reason: string };

/** An address that was given on the command line and cannot be used; the message begins as Consul's does. */
export class AddressError extends CommandError {
  readonly failure: AddressFailure;

  constructor(failure: AddressFailure) {
    super(describe(failure));
    this.failure = failure;
  }
}

function describe(failure: AddressFailure): string {
  const text = JSON.stringify(failure.text);
  switch (failure.code) {
    case "TEMPLATE":
    case "ADDRESS":
      return `Error parsing address ${text}: ${failure.reason}`;
    case "FUNCTION":
      return `Error parsing address ${text}: ${failure.call}: ${failure.reason}`;
    case "PORT":
      return `Error parsing port ${text}: ${failure.reason}`;
  }
}
