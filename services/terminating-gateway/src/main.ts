import { runGateway } from "@causeway/gateway";
import { terminatingGateway } from "./plan.ts";

await runGateway({ name: "terminating-gateway", plan: terminatingGateway });
