import { workerData } from "node:worker_threads";
import { SpliceWorker } from "./splice-worker.ts";

new SpliceWorker(workerData).run();
