import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type RuleSet = {
  readonly forbidden: readonly (IForbiddenRuleType & { readonly name: string })[];
  readonly options: { readonly enhancedResolveOptions: object };
};
type Import = { readonly from: string; readonly to: string; readonly isType?: boolean };

const rules: RuleSet = createRequire(import.meta.url)("../../.dependency-cruiser.cjs");

/** What joins the parts lies in no folder. */
const JOINERS = [
  ...[
    "complete.ts",
    "main.ts",
    "open-connection.ts",
    "open-fence.ts",
    "open-history.ts",
    "open-store.ts",
  ],
  "tell-people.ts",
];

/** One forbidden import for each rule, written down here a second time and not derived from the rules. */
const FORBIDDEN: Readonly<Record<string, readonly Import[]>> = {
  "layer-core": [
    { from: "src/core/a.ts", to: "src/ports/a.ts" },
    { from: "src/core/b.ts", to: "src/ports/b.ts", isType: true },
  ],
  "layer-ports": [{ from: "src/ports/c.ts", to: "src/trading/c.ts" }],
  "layer-ui": [{ from: "src/ui/output/a.ts", to: "src/trading/a.ts" }],
  "layer-compliance": [{ from: "src/compliance/a.ts", to: "src/trading/b.ts" }],
  "layer-trading": [
    { from: "src/trading/d.ts", to: "src/adapters/oanda/d.ts" },
    { from: "src/trading/e.ts", to: "src/resilience/e.ts" },
  ],
  "layer-streaming": [{ from: "src/streaming/a.ts", to: "src/resilience/a.ts" }],
  "layer-reports": [{ from: "src/reports/a.ts", to: "src/history/a.ts" }],
  "layer-paper": [{ from: "src/paper/a.ts", to: "src/ports/d.ts" }],
  "layer-config": [{ from: "src/config/a.ts", to: "src/credentials/a.ts" }],
  "layer-adapters": [
    { from: "src/adapters/oanda/a.ts", to: "src/paper/b.ts" },
    { from: "src/adapters/registry.ts", to: "src/config/b.ts" },
  ],
  "layer-adapters-paper": [{ from: "src/adapters/paper/a.ts", to: "src/history/b.ts" }],
  "layer-history": [{ from: "src/history/c.ts", to: "src/resilience/b.ts" }],
  "layer-logs": [{ from: "src/logs/a.ts", to: "src/resilience/g.ts" }],
  "layer-alerts": [{ from: "src/alerts/a.ts", to: "src/credentials/g.ts" }],
  "layer-resilience": [{ from: "src/resilience/c.ts", to: "src/history/d.ts" }],
  "layer-credentials": [{ from: "src/credentials/b.ts", to: "src/history/e.ts" }],
  "layer-service": [{ from: "src/service/a.ts", to: "src/commands/a.ts" }],
  "layer-commands": ["adapters", "history", "credentials", "resilience"].map((folder) => ({
    from: `src/commands/not-${folder}.ts`,
    to: `src/${folder}/f.ts`,
  })),
  "adapters-never-meet": [
    { from: "src/adapters/oanda/b.ts", to: "src/adapters/alpaca/b.ts" },
    { from: "src/adapters/paper/b.ts", to: "src/adapters/oanda/c.ts" },
  ],
  "home-of-commander": [{ from: "src/ui/output/b.ts", to: "commander" }],
  "home-of-ink": [{ from: "src/ui/output/c.ts", to: "ink" }],
  "home-of-react": [{ from: "src/commands/b.ts", to: "react" }],
  "home-of-react-dom": [{ from: "src/ui/terminal/a.tsx", to: "react-dom" }],
  "home-of-string-width": [{ from: "src/commands/h.ts", to: "string-width" }],
  "home-of-chalk": [{ from: "src/commands/c.ts", to: "chalk" }],
  "home-of-cli-table3": [{ from: "src/commands/d.ts", to: "cli-table3" }],
  "home-of-undici": [{ from: "src/adapters/oanda/e.ts", to: "undici" }],
  "home-of-better-sqlite3": [{ from: "src/resilience/d.ts", to: "better-sqlite3" }],
  "home-of-pg": [{ from: "src/reports/d.ts", to: "pg" }],
  "home-of-@napi-rs/keyring": [{ from: "src/history/g.ts", to: "@napi-rs/keyring" }],
  "home-of-smol-toml": [{ from: "src/history/h.ts", to: "smol-toml" }],
  "home-of-pino": [{ from: "src/commands/g.ts", to: "pino" }],
  "home-of-@elastic/ecs-pino-format": [
    { from: "src/resilience/h.ts", to: "@elastic/ecs-pino-format" },
  ],
  "home-of-env-paths": [{ from: "src/history/i.ts", to: "env-paths" }],
  "home-of-valibot": [{ from: "src/core/c.ts", to: "valibot" }],
  "library-without-home": [{ from: "src/core/d.ts", to: "decimal.js" }],
  "main-is-the-top": [
    { from: "src/stray.ts", to: "src/main.ts" },
    { from: "src/stray.ts", to: "src/complete.ts" },
  ],
  "main-alone-opens-connections": [
    { from: "src/other.ts", to: "src/open-connection.ts" },
    { from: "src/other.ts", to: "src/open-history.ts" },
    { from: "src/commands/e.ts", to: "src/open-connection.ts" },
    { from: "src/commands/e.ts", to: "src/open-store.ts" },
  ],
  "pure-core-and-ports": [
    { from: "src/core/e.ts", to: "node:fs" },
    { from: "src/ports/e.ts", to: "node:stream", isType: true },
  ],
  "one-way-out": [
    { from: "src/trading/short-cut.ts", to: "src/trading/send-order.ts" },
    { from: "src/commands/short-cut.ts", to: "src/trading/send-order.ts" },
  ],
  "src-stands-alone": [{ from: "src/ui/output/d.ts", to: "test/support/a.ts" }],
  "no-cycles": [{ from: "src/core/ring-one.ts", to: "src/core/ring-two.ts" }],
  "no-unresolvable": [{ from: "src/core/f.ts", to: "an-unknown-library" }],
};

/** Imports that the design allows, where a rule that is too eager would object. */
const ALLOWED: readonly Import[] = [
  // Closes the ring, which is reported once, at its first file.
  { from: "src/core/ring-two.ts", to: "src/core/ring-one.ts", isType: true },
  { from: "src/core/ok.ts", to: "src/core/ok-too.ts" },
  { from: "src/ports/ok.ts", to: "src/core/ok.ts", isType: true },
  { from: "src/trading/ok.ts", to: "src/compliance/ok.ts" },
  { from: "src/trading/carry-out.ts", to: "src/trading/send-order.ts" },
  { from: "src/config/ok.ts", to: "src/compliance/ok.ts" },
  { from: "src/adapters/ok.ts", to: "src/adapters/oanda/ok.ts" },
  { from: "src/adapters/oanda/ok.ts", to: "src/resilience/ok.ts" },
  { from: "src/adapters/oanda/ok-valid.ts", to: "valibot" },
  { from: "src/adapters/paper/ok.ts", to: "src/paper/ok.ts" },
  { from: "src/resilience/ok.ts", to: "undici" },
  { from: "src/credentials/ok.ts", to: "src/resilience/ok.ts" },
  { from: "src/commands/ok.ts", to: "commander" },
  { from: "src/commands/order/ok.ts", to: "src/trading/ok.ts" },
  { from: "src/ui/terminal/ok.tsx", to: "react" },
  { from: "src/history/sqlite/ok.ts", to: "better-sqlite3" },
  { from: "src/history/ok.ts", to: "node:fs" },
  { from: "src/main.ts", to: "src/adapters/ok.ts" },
  { from: "src/main.ts", to: "src/commands/ok.ts" },
  { from: "test/main.test.ts", to: "src/main.ts" },
  { from: "test/money.test.ts", to: "decimal.js" },
];

const LIBRARIES = [
  ...[
    "commander",
    "ink",
    "string-width",
    "react",
    "react-dom",
    "chalk",
    "cli-table3",
    "undici",
    "better-sqlite3",
    "pg",
  ],
  ...["@napi-rs/keyring", "smol-toml", "env-paths", "valibot", "decimal.js"],
  ...["pino", "@elastic/ecs-pino-format"],
];

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tmt-imports-")));
let violations: readonly string[] = [];

beforeAll(async () => {
  plant([...Object.values(FORBIDDEN).flat(), ...ALLOWED]);
  violations = await findViolations();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("import rules", () => {
  it.each(rules.forbidden.map((rule) => rule.name))("%s catches its planted import", (name) => {
    const expected = (FORBIDDEN[name] ?? []).map(({ from }) => `${name}: ${from}`);
    expect(expected).not.toEqual([]);
    expect(violations).toEqual(expect.arrayContaining(expected));
  });

  it("catch nothing but what is forbidden", () => {
    const planted = Object.values(FORBIDDEN).flat();
    const offenders = new Set(violations.map((line) => line.replace(/^.*: /, "")));
    expect([...offenders].sort()).toEqual([...new Set(planted.map(({ from }) => from))].sort());
  });

  it("know every folder of src/", () => {
    const known = rules.forbidden.map(({ name }) => name);
    const entries = readdirSync("src", { withFileTypes: true });
    const unknown = entries
      .filter((entry) => !(entry.isDirectory() && known.includes(`layer-${entry.name}`)))
      .map((entry) => entry.name);
    expect(unknown.filter((name) => !JOINERS.includes(name))).toEqual([]);
  });
});

function plant(imports: readonly Import[]): void {
  for (const library of LIBRARIES) {
    write(`node_modules/${library}/package.json`, `{ "name": "${library}", "main": "index.js" }`);
    write(`node_modules/${library}/index.js`, "module.exports = 1;");
  }
  const files = new Set(imports.flatMap(({ from, to }) => (isFile(to) ? [from, to] : [from])));
  for (const file of files) {
    const lines = imports.filter(({ from }) => from === file).map(importLine);
    write(file, [...lines, "export const value = 1;", "export type Value = 1;"].join("\n"));
  }
}

function importLine({ from, to, isType }: Import, index: number): string {
  const up = "../".repeat(from.split("/").length - 1);
  const target = isFile(to) ? up + to : to;
  return isType
    ? `import type { Value as T${index} } from "${target}"; export type U${index} = T${index};`
    : `import { value as v${index} } from "${target}"; export const u${index} = v${index};`;
}

function isFile(target: string): boolean {
  return /^(src|test)\//.test(target);
}

function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function findViolations(): Promise<readonly string[]> {
  const { enhancedResolveOptions, ...options } = rules.options;
  const { output } = await cruise(
    ["src", "test"],
    { ...options, baseDir: folder, ruleSet: { forbidden: [...rules.forbidden] }, validate: true },
    enhancedResolveOptions,
  );
  return (output as ICruiseResult).summary.violations.map(
    ({ rule, from }) => `${rule.name}: ${from}`,
  );
}
