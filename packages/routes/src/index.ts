export type {
  Authorization,
  Endpoint,
  Inbound,
  Keepalive,
  Listener,
  Outbound,
  Route,
  RouteTable,
  TlsFiles,
  TlsLimits,
  TlsVersion,
  Unavailable,
} from "./route.ts";
