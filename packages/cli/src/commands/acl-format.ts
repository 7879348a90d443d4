import type { Command } from "commander";
import { type AgentFlags, type Context, withAgentFlags } from "../context.ts";
import { outputFormat } from "../output-format.ts";

/** What policies, roles and tokens have in common. */
type Entity = {
  readonly Description: string;
  readonly Hash?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
};

type Link = { readonly ID: string; readonly Name: string };
export type ServiceIdentity = { readonly ServiceName: string; readonly Datacenters?: readonly string[] };
export type NodeIdentity = { readonly NodeName: string; readonly Datacenter: string };

/** What a role or a token grants by. */
export type Grants = {
  readonly Policies?: readonly Link[];
  readonly ServiceIdentities?: readonly ServiceIdentity[];
  readonly NodeIdentities?: readonly NodeIdentity[];
};

export type Policy = Entity & {
  readonly ID: string;
  readonly Name: string;
  readonly Rules?: string;
  readonly Datacenters?: readonly string[] | null;
};

export type Role = Entity & Grants & { readonly ID: string; readonly Name: string };

export type Token = Entity &
  Grants & {
    readonly AccessorID: string;
    readonly SecretID?: string;
    readonly Local: boolean;
    readonly CreateTime: string;
    readonly ExpirationTime?: string;
    readonly Roles?: readonly Link[];
  };

/** How a command shows what it is told. */
export type ShowFlags = AgentFlags & { readonly format: string; readonly meta?: boolean };

/** Gives a command the flags by which it shows policies, roles or tokens. */
export function withShowFlags(command: Command): Command {
  return withAgentFlags(command).addOption(outputFormat()).option("--meta", "show indexes and hashes too");
}

/** Shows one thing, or several: as JSON, or by `lines` for people. */
export function show<T>(
  value: T,
  lines: (value: T, meta: boolean) => string,
  flags: ShowFlags,
  context: Context,
): void {
  context.out(flags.format === "json" ? JSON.stringify(value, undefined, 4) : lines(value, flags.meta === true));
}

/** Says that something was done, to people only: programs read what comes next. */
export function told(text: string, flags: ShowFlags, context: Context): void {
  if (flags.format !== "json") context.out(text);
}

/** A policy as Consul prints it. */
export function policyText(policy: Policy, meta: boolean): string {
  const fields = [
    field("ID", policy.ID),
    field("Name", policy.Name),
    field("Description", policy.Description),
    field("Datacenters", (policy.Datacenters ?? []).join(", ")),
    ...metaOf(policy, meta, field),
  ];
  return [...fields, "Rules:", policy.Rules ?? ""].join("\n");
}

export function policiesText(policies: readonly Policy[], meta: boolean): string {
  const entries = policies.map((policy) => [
    `${policy.Name}:`,
    ...indented([
      field("ID", policy.ID),
      field("Description", policy.Description),
      field("Datacenters", (policy.Datacenters ?? []).join(", ")),
      ...metaOf(policy, meta, field),
    ]),
  ]);
  return entries.flat().join("\n");
}

/** A role as Consul prints it. */
export function roleText(role: Role, meta: boolean): string {
  const fields = [field("ID", role.ID), field("Name", role.Name), field("Description", role.Description)];
  return [...fields, ...metaOf(role, meta, field), ...grantsOf(role)].join("\n");
}

export function rolesText(roles: readonly Role[], meta: boolean): string {
  const entries = roles.map((role) => [
    `${role.Name}:`,
    ...indented([
      field("ID", role.ID),
      field("Description", role.Description),
      ...metaOf(role, meta, field),
      ...grantsOf(role),
    ]),
  ]);
  return entries.flat().join("\n");
}

/** A token as Consul prints it; without a secret where none was told. */
export function tokenText(token: Token, meta: boolean): string {
  return [
    wide("AccessorID", token.AccessorID),
    ...(token.SecretID === undefined ? [] : [wide("SecretID", token.SecretID)]),
    wide("Description", token.Description),
    wide("Local", String(token.Local)),
    wide("Create Time", goTime(token.CreateTime)),
    ...(token.ExpirationTime === undefined ? [] : [wide("Expiration Time", goTime(token.ExpirationTime))]),
    ...metaOf(token, meta, wide),
    ...links("Policies", token.Policies),
    ...links("Roles", token.Roles),
    ...grantsOf({ ...token, Policies: [] }),
  ].join("\n");
}

export function tokensText(tokens: readonly Token[], meta: boolean): string {
  return tokens.map((token) => `${tokenText(token, meta)}\n`).join("\n");
}

const field = (name: string, value: string) => `${`${name}:`.padEnd(14)}${value}`;
const wide = (name: string, value: string) => `${`${name}:`.padEnd(18)}${value}`;

function metaOf({ Hash = "", CreateIndex, ModifyIndex }: Entity, meta: boolean, line: typeof field): string[] {
  if (!meta) return [];
  const hash = Buffer.from(Hash, "base64").toString("hex");
  return [line("Hash", hash), line("Create Index", String(CreateIndex)), line("Modify Index", String(ModifyIndex))];
}

function grantsOf({ Policies, ServiceIdentities = [], NodeIdentities = [] }: Grants): string[] {
  const services = ServiceIdentities.map(({ ServiceName, Datacenters = [] }) => {
    return `${ServiceName} (Datacenters: ${Datacenters.length === 0 ? "all" : Datacenters.join(", ")})`;
  });
  const nodes = NodeIdentities.map(({ NodeName, Datacenter }) => `${NodeName} (Datacenter: ${Datacenter})`);
  return [
    ...links("Policies", Policies),
    ...section("Service Identities", services),
    ...section("Node Identities", nodes),
  ];
}

function links(title: string, found: readonly Link[] = []): string[] {
  return section(
    title,
    found.map(({ ID, Name }) => `${ID} - ${Name}`),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...indented(lines)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `   ${line}`);
}

/** A time as Go prints it. */
function goTime(time: string): string {
  return time.replace("T", " ").replace("Z", " +0000 UTC");
}
