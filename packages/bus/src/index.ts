export { Bucket, type KindOf, recordKey, recordNames, type Stored, type ValueOf } from "./bucket.ts";
export { checked } from "./codec.ts";
export { type Bus, type BusLog, type BusOptions, connectBus } from "./connection.ts";
export { BusError, type BusFailure, describeBusFailure, Refusal } from "./errors.ts";
export { type Change, Mirror, type MirrorEvents } from "./mirror.ts";
export { answer, ask, type Handler, type Handlers } from "./verbs.ts";
