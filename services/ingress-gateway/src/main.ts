import { runGateway } from "@causeway/gateway";
import { ingressGateway } from "./plan.ts";

await runGateway({ name: "ingress-gateway", plan: ingressGateway });
