import { defineConfig } from "vitest/config";

/** One configuration for every package: `vitest run --config ../../vitest.config.ts` in the package's folder. */
export default defineConfig({
  test: {
    include: ["{src,test,setup}/**/*.test.ts"],
    passWithNoTests: false,
    reporters: ["default", ["json", { outputFile: ".cache/test-report.json" }]],
    // Tests wait for events, so that a limit matters only to one that hangs; a busy machine must not be taken for one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    maxWorkers: 2,
  },
});
