import { quoted, type ServiceRoute } from "@causeway/model";
import type { KindRules } from "./kind.ts";
import { tidy } from "./tidy.ts";

const PATH = { PathExact: "text", PathPrefix: "text", PathRegex: "text" } as const;
const VALUE = { Name: "text", Present: "flag", Exact: "text", Regex: "text" } as const;

/** How requests of one service are routed. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/service-router */
export const serviceRouter: KindRules<"service-router"> = {
  kind: "service-router",
  shape: {
    Routes: {
      listOf: {
        Match: {
          object: {
            HTTP: {
              object: {
                ...PATH,
                Header: { listOf: { ...VALUE, Prefix: "text", Suffix: "text", Invert: "flag" } },
                QueryParam: { listOf: VALUE },
                Methods: "texts",
              },
            },
          },
        },
        Destination: {
          object: {
            Service: "text",
            ServiceSubset: "text",
            Namespace: "text",
            PrefixRewrite: "text",
            RequestTimeout: "duration",
            NumRetries: "integer",
            RetryOnConnectFailure: "flag",
            RetryOnStatusCodes: "integers",
          },
        },
      },
    },
  },
  normalise: (entry) => ({ ...entry, Routes: entry.Routes?.map(normalised) ?? null }),
  earlyProblem: ({ Name }) => (Name === "" ? "Name is required" : undefined),
  problem: ({ Routes }) => firstOf(Routes ?? [], (route, at) => routeProblem(route, `Route[${at}]`)),
};

/** Methods are in capitals; where there are any, Consul also fills in the one namespace that there is. */
function normalised(given: ServiceRoute): ServiceRoute {
  const route = tidy(given);
  const http = route.Match?.HTTP;
  const timeless = route.Destination?.RequestTimeout === "0s" ? withoutTimeout(route) : route;
  if (http?.Methods === undefined) return timeless;
  const Match = { HTTP: { ...http, Methods: http.Methods.map((method) => method.toUpperCase()) } };
  const { Destination } = timeless;
  return Destination === undefined
    ? { ...timeless, Match }
    : { ...timeless, Match, Destination: { ...Destination, Namespace: Destination.Namespace ?? "default" } };
}

function withoutTimeout({ Destination, ...route }: ServiceRoute): ServiceRoute {
  const { RequestTimeout: _, ...rest } = Destination ?? {};
  return { ...route, Destination: rest };
}

type HttpMatch = NonNullable<NonNullable<ServiceRoute["Match"]>["HTTP"]>;

function routeProblem({ Match, Destination }: ServiceRoute, where: string): string | undefined {
  const http = Match?.HTTP ?? {};
  const rewritable = Boolean(http.PathExact) || Boolean(http.PathPrefix);
  return (
    pathProblem(http, where) ??
    firstOf(http.Header ?? [], (header, at) => {
      const ways = [header.Present, header.Exact, header.Regex, header.Prefix, header.Suffix];
      return valueProblem(header.Name, ways, `${where} Header[${at}]`, "Present, Exact, Prefix, Suffix, or Regex");
    }) ??
    firstOf(http.QueryParam ?? [], (param, at) => {
      const ways = [param.Present, param.Exact, param.Regex];
      return valueProblem(param.Name, ways, `${where} QueryParam[${at}]`, "Present, Exact, or Regex");
    }) ??
    methodsProblem(http.Methods ?? [], where) ??
    (Destination?.PrefixRewrite && !rewritable
      ? `${where} cannot make use of PrefixRewrite without configuring either PathExact or PathPrefix`
      : undefined)
  );
}

function pathProblem({ PathExact, PathPrefix, PathRegex }: HttpMatch, where: string): string | undefined {
  for (const [field, path] of Object.entries({ PathExact, PathPrefix })) {
    if (path && !path.startsWith("/")) return `${where} ${field} doesn't start with '/': ${quoted(path)}`;
  }
  return [PathExact, PathPrefix, PathRegex].filter(Boolean).length > 1
    ? `${where} should only contain at most one of PathExact, PathPrefix, or PathRegex`
    : undefined;
}

function valueProblem(name: string, ways: readonly unknown[], where: string, allowed: string): string | undefined {
  if (!name) return `${where} missing required Name field`;
  return ways.filter(Boolean).length === 1 ? undefined : `${where} should only contain one of ${allowed}`;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"];

function methodsProblem(methods: readonly string[], where: string): string | undefined {
  return firstOf(methods, (method, at) => {
    if (!METHODS.includes(method)) return `${where} Methods contains an invalid method ${quoted(method)}`;
    return methods.indexOf(method) < at ? `${where} Methods contains ${quoted(method)} more than once` : undefined;
  });
}

function firstOf<T>(items: readonly T[], problem: (item: T, at: number) => string | undefined): string | undefined {
  for (const [at, item] of items.entries()) {
    const found = problem(item, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
