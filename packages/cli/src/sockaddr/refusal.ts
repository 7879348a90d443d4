/** What a function could not do, in words that end its error. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Stops a function with the words that end its error. */
export function refuse(reason: string): never {
  throw new Refusal(reason);
}
