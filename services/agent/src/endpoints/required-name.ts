import type { ApiRequest } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";

/** The name that a path ends in. Throws an ApiError with `missing` as its text when there is none. */
export function requiredName({ rest }: ApiRequest, missing: string): string {
  if (rest === "") throw answered(400, missing);
  return rest;
}
