// Which file of dist/ each chunk of the program goes into. What an order needs at the embedded broker is main.js:
// it is read at every start, so nothing else is in it. The others are read when a chunk in them is first needed.

import { basename } from "node:path";

/** What main.js can do alone, with all that these need. */
const OFTEN = [
  "src/main.ts",
  "src/commands/order/buy.ts",
  "src/commands/order/sell.ts",
  "src/commands/order/list.ts",
  "src/commands/positions/list.ts",
  "src/commands/positions/close.ts",
  "src/commands/accounts/list.ts",
  "src/commands/guarding.ts",
  "src/commands/news.ts",
  "src/adapters/paper/connection.ts",
  "src/compliance/audit/chain.ts",
  "src/history/sqlite/store.ts",
  // Whoever has a configuration file needs it at every start.
  "node_modules/smol-toml/dist/index.js",
];

/**
 * What an order needs besides to reach OANDA, up to telling people when it fails: a program that is replaced while
 * it runs has all of it in memory before the order leaves.
 */
const OVER_THE_WIRE = [
  "src/adapters/oanda/connection.ts",
  "src/credentials/chain.ts",
  "src/credentials/keychain.ts",
  "src/credentials/encrypted-file.ts",
  "src/resilience/guards.ts",
  "src/resilience/own-guards.ts",
  "src/resilience/node-transport.ts",
  "src/resilience/sockets.ts",
  "src/resilience/request-log.ts",
  "src/logs/ecs-lines.ts",
  "src/alerts/tell-configured.ts",
  "src/trading/fenced-journal.ts",
];

/** Files of what few commands need, known by a package in their chunks. */
const ASIDE = { "screen.js": "react-reconciler", "postgres.js": "pg" };

/**
 * The names of the chunks of each file, by the metafile of a build.
 * @throws Error when one of the modules above isn't loaded on its own any more.
 */
export function programParts({ outputs }) {
  const main = reachable(outputs, OFTEN);
  const wire = reachable(outputs, OVER_THE_WIRE);
  const names = ["main.js", "wire.js", ...Object.keys(ASIDE), "rest.js"];
  const parts = Object.fromEntries(names.map((file) => [file, new Set()]));
  for (const [path, { inputs }] of Object.entries(outputs)) {
    const aside = Object.keys(ASIDE).find((file) => holds(inputs, ASIDE[file]));
    const file = main.has(path) ? "main.js" : wire.has(path) ? "wire.js" : (aside ?? "rest.js");
    parts[file].add(chunkName(path));
  }
  for (const [file, chunks] of Object.entries(parts)) {
    if (chunks.size === 0) throw new Error(`no chunk was found for ${file}`);
  }
  return parts;
}

function holds(inputs, library) {
  return Object.keys(inputs).some((path) => path.includes(`node_modules/${library}/`));
}

export function chunkName(path) {
  return `./${basename(path)}`;
}

/** The outputs of `entries` and what these can't run without; what they import later isn't among it. */
function reachable(outputs, entries) {
  const found = new Set();
  const visit = (path) => {
    if (found.has(path) || !outputs[path]) return;
    found.add(path);
    for (const { path: next, kind } of outputs[path].imports) {
      if (kind === "import-statement") visit(next);
    }
  };
  for (const entry of entries) {
    const own = Object.keys(outputs).find((path) => outputs[path].entryPoint === entry);
    if (!own) throw new Error(`${entry} has no chunk of its own: nothing imports it with import()`);
    visit(own);
  }
  return found;
}
