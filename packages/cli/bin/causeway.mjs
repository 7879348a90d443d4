#!/usr/bin/env node
/** The `causeway` command: whatever Node runs this, the command itself gets the one that it needs. */
process.argv.splice(2, 0, "causeway");
await import("../../../scripts/run.mjs");
