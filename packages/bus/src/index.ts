export {
  ACL_FIELDS,
  type AclCheck,
  type AclFields,
  type Authorizer,
  everyoneMay,
  followAclCheck,
  requireAllowed,
} from "./acl-check.ts";
export { hearBeats, sendBeat } from "./agent-beats.ts";
export { answer, type Handler, type Handlers } from "./answer.ts";
export { type AskOptions, ask } from "./ask.ts";
export { Bucket } from "./bucket.ts";
export { BUCKET_FIELDS } from "./bucket-fields.ts";
export { checked } from "./codec.ts";
export {
  type Bus,
  type BusConfig,
  type BusLog,
  type BusOptions,
  busAddress,
  connectBus,
  type Domain,
} from "./connection.ts";
export { isCopy } from "./copy.ts";
export type { BusCredentials } from "./credentials.ts";
export { BusError, type BusFailure, describeBusFailure, Refusal } from "./errors.ts";
export { Mirror } from "./mirror.ts";
export type { Change, MirrorEvents, MirrorScope } from "./mirror-scope.ts";
export { givePart, type Owned } from "./owner-part.ts";
export { MAX_PARTED_BYTES, PART_BYTES, type PartsInbox, PartsInboxes, sendParts } from "./parts.ts";
export { type PathListener, type PathState, Paths } from "./paths.ts";
export { type KindOf, recordKey, recordNames, type Stored, type ValueOf } from "./record.ts";
export { fireEvent, hearEvents } from "./user-events.ts";
