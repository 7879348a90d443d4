export { CreateModifyIndex, StringMap } from "./common.ts";
export {
  Action,
  DefaultPolicy,
  DestinationIntentions,
  intentionPrecedence,
  SourceIntention,
} from "./intention.ts";
export {
  DEFAULT_NAMESPACE,
  datacenterServerName,
  type ServiceAddressee,
  serviceServerName,
} from "./sni.ts";
export {
  parseServiceSpiffeId,
  type ServiceIdentity,
  serviceSpiffeId,
  signingSpiffeId,
} from "./spiffe.ts";
export { ANY_TOKEN, EMPTY_TOKEN, fromKeyToken, keyOf, keyToken, namesOf } from "./tokens.ts";
