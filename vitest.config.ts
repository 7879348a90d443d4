import { defineConfig } from "vitest/config";

/** One configuration for every package: `vitest run --config ../../vitest.config.ts` in the package's folder. */
export default defineConfig({
  test: {
    include: ["{src,test,setup}/**/*.test.ts"],
    passWithNoTests: false,
    reporters: ["default", ["json", { outputFile: ".cache/test-report.json" }]],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
