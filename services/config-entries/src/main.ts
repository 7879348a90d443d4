import { begin } from "@causeway/runtime/begin";

await begin(() => import("./run.ts"));
