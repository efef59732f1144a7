// Counts the cases of the broker contract: a row for each group, a column for each broker, `passed/tried` in the cells.
// `npm run contract` runs the suite with it and writes the table into docs/adapters.md.

import { readFileSync, writeFileSync } from "node:fs";

const DOCUMENT = new URL("../docs/adapters.md", import.meta.url);
const SUITE = " keeps the broker contract";
const BEGIN = "<!-- made by npm run contract -->";
const END = "<!-- end of what npm run contract made -->";

/** A reporter of Vitest: prints the table once, at the end of a run that held cases of the contract. */
export class ContractTable {
  #isWritten;
  #results = [];

  constructor({ isWritten = process.env.npm_lifecycle_event === "contract" } = {}) {
    this.#isWritten = isWritten;
  }

  onTestCaseResult(test) {
    const group = test.parent;
    const suite = group?.parent;
    if (group?.type !== "suite" || suite?.type !== "suite" || !suite.name.endsWith(SUITE)) return;
    const broker = suite.name.slice(0, -SUITE.length);
    this.#results.push({ broker, group: group.name, state: test.result().state });
  }

  onTestRunEnd() {
    if (this.#results.length === 0) return;
    const table = tableOf(this.#results);
    process.stdout.write(`\nThe broker contract, passed/tried:\n\n${table}\n`);
    if (this.#isWritten) write(table);
  }
}

/** A Markdown table, its columns padded to be read as they are. */
function tableOf(results) {
  const brokers = [...new Set(results.map(({ broker }) => broker))].sort();
  const groups = [...new Set(results.map(({ group }) => group))];
  const cell = (rows) => {
    const tried = rows.filter(({ state }) => state !== "skipped");
    const passed = tried.filter(({ state }) => state === "passed");
    return tried.length === 0 ? "–" : `${passed.length}/${tried.length}`;
  };
  const row = (name, rows) => [
    name,
    ...brokers.map((broker) => cell(rows.filter((each) => each.broker === broker))),
  ];
  const body = groups.map((group) =>
    row(
      group,
      results.filter((each) => each.group === group),
    ),
  );
  return padded([["", ...brokers], ...body, row("all", results)]);
}

function padded(rows) {
  const widths = rows[0].map((_cell, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const [head, ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}

function write(table) {
  const text = readFileSync(DOCUMENT, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/adapters.md has no place for the table`);
  const made = `${text.slice(0, begin)}${BEGIN}\n\n${table}\n\n${text.slice(end)}`;
  if (made === text) return;
  writeFileSync(DOCUMENT, made);
  process.stdout.write("docs/adapters.md has been written anew.\n");
}
