// The import rules of the project. `test/architecture/imports.test.ts` breaks each of them once.

/** What a folder of src/ may import besides itself. A folder that isn't here may not exist. */
const MAY_IMPORT = {
  core: [],
  ports: ["core"],
  ui: ["ports", "core"],
  compliance: ["ports", "core"],
  trading: ["compliance", "ports", "core"],
  streaming: ["ports", "core"],
  reports: ["ports", "core"],
  paper: ["core"],
  // What a user writes about rules is checked against the rules there are.
  config: ["compliance", "ports", "core"],
  adapters: ["ports", "core", "resilience"],
  history: ["ports", "core"],
  logs: ["ports", "core"],
  alerts: ["resilience", "ports", "core"],
  resilience: ["ports", "core"],
  credentials: ["resilience", "ports", "core"],
  service: ["trading", "streaming", "compliance", "reports", "ui", "ports", "core"],
  commands: [
    ...["trading", "streaming", "reports", "service", "paper"],
    ...["compliance", "ui", "config", "ports", "core"],
  ],
};

/** The only folders that may import a library. One that isn't here may be imported nowhere in src/. */
const LIBRARY_HOMES = {
  commander: ["commands"],
  ink: ["ui/terminal"],
  "string-width": ["ui/terminal"],
  react: ["ui/terminal", "ui/web"],
  "react-dom": ["ui/web"],
  chalk: ["ui/output"],
  "cli-table3": ["ui/output"],
  undici: ["resilience"],
  "better-sqlite3": ["history"],
  pg: ["history"],
  "@napi-rs/keyring": ["credentials"],
  "smol-toml": ["config"],
  "env-paths": ["config"],
  pino: ["logs"],
  "@elastic/ecs-pino-format": ["logs"],
  valibot: ["adapters", "config"],
};

const layerRules = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `layer-${folder}`,
  comment: `src/${folder} may import ${allowed.join(", ") || "nothing"}`,
  severity: "error",
  // The paper adapter is the bridge to the paper venue, and has a rule of its own.
  from: { path: `^src/${folder}/`, pathNot: "^src/adapters/paper/" },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...allowed].join("|")})/` },
}));

const adapterRules = [
  {
    name: "layer-adapters-paper",
    comment: "src/adapters/paper may import paper besides what every adapter may",
    severity: "error",
    from: { path: "^src/adapters/paper/" },
    to: {
      path: "^src/",
      pathNot: `^src/(${["paper", "adapters", ...MAY_IMPORT.adapters].join("|")})/`,
    },
  },
  {
    name: "adapters-never-meet",
    comment: "an adapter imports nothing from src/adapters but its own folder",
    severity: "error",
    from: { path: "^src/adapters/([^/]+)/" },
    to: { path: "^src/adapters/", pathNot: "^src/adapters/$1/" },
  },
];

const libraryRules = Object.entries(LIBRARY_HOMES).map(([library, homes]) => ({
  name: `home-of-${library}`,
  comment: `${library} is imported only in ${homes.map((home) => `src/${home}`).join(" and ")}`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/(${homes.join("|")})/` },
  to: { path: insideLibrary(library) },
}));

const generalRules = [
  {
    name: "library-without-home",
    comment: "a library needs a line in LIBRARY_HOMES before src/ imports it",
    severity: "error",
    from: { path: "^src/" },
    to: {
      path: "(^|/)node_modules/",
      pathNot: Object.keys(LIBRARY_HOMES).map(insideLibrary),
    },
  },
  {
    name: "main-is-the-top",
    comment: "src/main.ts and src/complete.ts join the parts, and only bin/ starts them",
    severity: "error",
    from: { path: "^src/" },
    to: { path: "^src/(main|complete)\\.ts$" },
  },
  {
    name: "main-alone-opens-connections",
    comment: "src/open-*.ts join parts for src/main.ts, and for nobody else",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/(main|open-[^/]+)\\.ts$" },
    to: { path: "^src/open-[^/]+\\.ts$" },
  },
  {
    name: "pure-core-and-ports",
    comment: "core and ports are pure: they import no part of Node",
    severity: "error",
    from: { path: "^src/(core|ports)/" },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "one-way-out",
    comment: "what leaves was reviewed: only carry-out.ts, which asks for the review, sends",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/trading/carry-out\\.ts$" },
    to: { path: "^src/trading/send-order\\.ts$" },
  },
  {
    name: "src-stands-alone",
    comment: "the program imports nothing from outside src/",
    severity: "error",
    from: { path: "^src/" },
    to: { path: "^(test|bench|scripts|bin|dist)/" },
  },
  {
    name: "no-cycles",
    comment: "a cycle has no first file to read",
    severity: "error",
    from: {},
    to: { circular: true },
  },
  {
    name: "no-unresolvable",
    comment: "what can't be resolved can't be checked by the other rules",
    severity: "error",
    from: {},
    to: { couldNotResolve: true },
  },
];

function insideLibrary(library) {
  return `(^|/)node_modules/${library}/`;
}

module.exports = {
  forbidden: [...layerRules, ...adapterRules, ...libraryRules, ...generalRules],
  options: {
    doNotFollow: { path: "node_modules" },
    // Type-only imports are dependencies too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".mjs", ".js", ".cjs", ".d.ts"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
