import { runGateway } from "@causeway/gateway";
import { meshGateway } from "./plan.ts";

await runGateway({ name: "mesh-gateway", plan: meshGateway });
