import { runService } from "@causeway/runtime";
import { startAgent } from "./agent.ts";
import { AgentConfig } from "./config.ts";

await runService({ name: "agent", config: AgentConfig, start: startAgent });
