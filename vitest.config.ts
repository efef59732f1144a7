import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { ContractTable } from "./scripts/contract-table.mjs";

/** Tests that start processes or change this one's state: each file gets a process of its own. */
const OWN_PROCESS = ["bin", "credentials", "e2e", "history", "service", "system"].map(
  (folder) => `test/${folder}/**/*.test.{ts,tsx}`,
);

const COVERED = ["core", "trading", "paper", "compliance", "adapters"];

export default defineConfig({
  define: { __TMT_VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    // One fewer than there are cores would be one on a small machine, and most tests wait for processes and clocks.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A busy computer takes its time with anything: how quick things are is measured in bench/, not here.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", new ContractTable()],
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: OWN_PROCESS,
          pool: "threads",
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "own-process", include: OWN_PROCESS, pool: "forks" },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      reporter: ["text-summary", "html", "json-summary"],
      thresholds: Object.fromEntries(
        COVERED.map((folder) => [`src/${folder}/**`, { lines: 90, branches: 90 }]),
      ),
    },
  },
});
