import type { AdminSetting } from "./admin.ts";
import type { LogLevel } from "./common-config.ts";
import { LOG_LEVELS, type LogLines } from "./log-lines.ts";

/** The least important level that a process logs, to be changed while it runs: debug shows each request and each health check. */
export function logLevelSetting(lines: Pick<LogLines, "level" | "write">): AdminSetting {
  return {
    name: "level",
    description: "least important level that is logged",
    read: () => lines.level,
    change: (value) => {
      const level = LOG_LEVELS.find((known): known is LogLevel => known === value);
      if (level === undefined)
        return `level must be one of ${LOG_LEVELS.join(", ")}, not ${JSON.stringify(value ?? "")}`;
      lines.write(level);
      return undefined;
    },
  };
}
