export { DENY_BY_DEFAULT, outcomeOf } from "./owner-with-acls.ts";
export { putTokens } from "./put-tokens.ts";
