export type {
  Authorization,
  Endpoint,
  Inbound,
  Listener,
  Outbound,
  Route,
  RouteTable,
  TlsFiles,
  Unavailable,
} from "./route.ts";
