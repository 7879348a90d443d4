import type { ServiceDefaultsEntry, WeakField } from "@causeway/model";

/** Paths of an application that answer without mesh identity. */
export const EXPOSE: WeakField = {
  object: {
    Checks: "flag",
    Paths: {
      listOf: {
        Path: "text",
        ListenerPort: "integer",
        LocalPathPort: "integer",
        Protocol: "text",
        ParsedFromCheck: "flag",
      },
    },
  },
};

/** What is exposed, in canonical form. */
export function exposed(given: ServiceDefaultsEntry["Expose"]): NonNullable<ServiceDefaultsEntry["Expose"]> {
  return {
    ...(given?.Checks === true ? { Checks: true } : {}),
    ...(given?.Paths === undefined ? {} : { Paths: given.Paths }),
  };
}
