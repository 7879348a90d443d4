import {
  BUS_ROLES,
  type BusPermissions,
  type BusPlace,
  type BusRoleName,
  leafPermissions,
  permissionsOf,
} from "@causeway/model";

/** The public keys of a datacenter's users, by role, that of the operator under `operator`. */
export type PublicKeys = Readonly<Record<string, string>>;

/** By what a datacenter's server is known to the one that it joins: a name in its certificate. */
export function leafName(datacenter: string): string {
  return `leaf.${datacenter}.causeway`;
}

/**
 * Every user of one datacenter's NATS and what each may do, in the language of its configuration.
 *
 * @param leaves - the datacenters whose servers join this one's.
 * @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization
 */
export function natsUsers(place: BusPlace, keys: PublicKeys, operatorKey: string, leaves: readonly string[]): string {
  const { primaryDatacenter } = place;
  const roles = Object.keys(BUS_ROLES) as BusRoleName[];
  return [
    "# Made by `causeway bus init`: who may do what. The seeds of these keys are in <service>.nk.",
    "users: [",
    ...roles.flatMap((role) => user(`nkey: ${keys[role]}`, role, permissionsOf(role, place))),
    "  # operator: backups, and whoever looks into it by hand",
    `  { nkey: ${operatorKey} }`,
    ...leaves.flatMap((datacenter) =>
      user(
        `user: "${leafName(datacenter)}", allowed_connection_types: ["LEAFNODE"]`,
        `the server of ${datacenter}, known by its certificate`,
        leafPermissions({ datacenter, primaryDatacenter }),
      ),
    ),
    "]",
    "",
  ].join("\n");
}

function user(who: string, what: string, { publish, subscribe }: BusPermissions): readonly string[] {
  return [
    `  # ${what}`,
    `  { ${who}, permissions: {`,
    `    publish: { allow: [${listed(publish)}] }`,
    `    subscribe: { allow: [${listed(subscribe)}] }`,
    "  } }",
  ];
}

function listed(subjects: readonly string[]): string {
  return [...new Set(subjects)].map((subject) => `\n      "${subject}"`).join("");
}
