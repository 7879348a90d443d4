/** Whether whoever registers a check may let a program be run by it. */
export type Scripts =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Consul's text. */
      readonly refusal: string;
    };

/** What the agent is told of programs. */
type ScriptConfig = { readonly enableScriptChecks: boolean; readonly enableLocalScriptChecks: boolean };

/** For whoever asks over HTTP: whoever reaches the agent could otherwise run programs as its user. */
export function scriptsFromAfar({ enableScriptChecks }: Pick<ScriptConfig, "enableScriptChecks">): Scripts {
  if (enableScriptChecks) return { allowed: true };
  const refusal =
    "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true";
  return { allowed: false, refusal };
}

/** For definition files of this machine. */
export function scriptsFromFiles({ enableScriptChecks, enableLocalScriptChecks }: ScriptConfig): Scripts {
  if (enableScriptChecks || enableLocalScriptChecks) return { allowed: true };
  const refusal =
    "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true";
  return { allowed: false, refusal };
}
