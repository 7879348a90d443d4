/** A command that could not do what it was asked: its text goes to stderr, its code is the exit status. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/**
 * Puts what was to be done before the reason why it could not: "Error listing nodes: …".
 *
 * @param exitCode - that of the failure itself when absent.
 */
export async function during<T>(what: string, work: Promise<T>, exitCode?: number): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new CommandError(`${what}: ${cause.message}`, exitCode ?? cause.exitCode, { cause });
  }
}
