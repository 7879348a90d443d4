import type { Command } from "commander";
import type { Context } from "../context.ts";
import { addConnectCaCommands } from "./connect-ca.ts";
import { addConnectExposeCommand } from "./connect-expose.ts";
import { addConnectGatewayCommand } from "./connect-gateway.ts";
import { addConnectProxyCommand } from "./connect-proxy.ts";
import { addConnectUpstreamsCommand } from "./connect-upstreams.ts";

/** Adds `connect envoy|gateway|proxy|upstreams|expose|ca`. @see https://developer.hashicorp.com/consul/commands/connect */
export function addConnectCommands(program: Command, context: Context): void {
  const connect = program
    .command("connect")
    .description("run gateways and sidecar proxies, show what they reach, and manage the mesh's CA");
  addConnectGatewayCommand(connect, context);
  addConnectProxyCommand(connect, context);
  addConnectUpstreamsCommand(connect, context);
  addConnectExposeCommand(connect, context);
  addConnectCaCommands(connect, context);
}
