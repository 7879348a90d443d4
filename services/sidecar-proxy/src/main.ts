import { runGateway } from "@causeway/gateway";
import { sidecarProxy } from "./plan.ts";

await runGateway({ name: "sidecar-proxy", plan: sidecarProxy });
