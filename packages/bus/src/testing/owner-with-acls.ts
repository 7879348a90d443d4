/** What an owner of state is told so that it asks for tokens, and lets nobody do what no rule grants. */
export const DENY_BY_DEFAULT = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

/** What came of a request: "done", or the status and text of its refusal. */
export async function outcomeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "done";
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return `${status} ${message}`;
  }
}
