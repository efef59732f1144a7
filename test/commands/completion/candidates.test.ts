import { describe, expect, it } from "vitest";
import { complete, type Lookup } from "../../../src/commands/completion/candidates.ts";
import type { CommandSpec, CompletionSpec } from "../../../src/commands/completion/spec.ts";

const NO_COMMAND: CommandSpec = { summary: "", slots: [], isVariadic: false, options: [] };
const CONNECTION = {
  names: ["-c", "--connection"],
  summary: "connection to use",
  value: { from: "connections" },
} as const;

const SPEC: CompletionSpec = {
  order: {
    summary: "orders",
    byDefault: null,
    commands: {
      buy: {
        ...NO_COMMAND,
        summary: "buys",
        slots: [{ from: "instruments" }, { words: [] }],
        options: [
          CONNECTION,
          { names: ["--type"], summary: "kind", value: { words: ["limit", "stop"] } },
          { names: ["--comment"], summary: "note", value: { words: [] } },
          { names: ["--json"], summary: "document", value: null },
        ],
      },
      cancel: {
        ...NO_COMMAND,
        summary: "cancels",
        slots: [{ from: "orders" }],
        isVariadic: true,
        options: [{ names: ["-a", "--account"], summary: "", value: { from: "accounts" } }],
      },
    },
  },
  stream: { ...NO_COMMAND, summary: "streams", slots: [{ from: "instruments" }], isVariadic: true },
  positions: {
    summary: "what is open",
    byDefault: "list",
    commands: {
      list: { ...NO_COMMAND, summary: "lists", options: [CONNECTION] },
      load: { ...NO_COMMAND, summary: "loads", slots: [{ from: "files" }] },
    },
  },
};

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  connections: ["paper", "oanda"],
  accounts: ["swing"],
  instruments: ["EUR_GBP", "EUR_USD", "USD_JPY"],
  orders: ["12", "11"],
};

const lookup: Lookup = async (source) =>
  (KNOWN[source] ?? []).map((word) => ({ word, summary: source }));

async function words(line: string): Promise<string> {
  const found = await complete(line.split(" "), SPEC, lookup);
  return found === "files" ? "(files)" : found.map(({ word }) => word).join(" ");
}

describe("what can stand where the cursor is", () => {
  it.each([
    ["", "order stream positions"],
    ["o", "order"],
    ["help ", "order stream positions"],
    ["help order ", "buy cancel"],
    ["order ", "buy cancel"],
    ["positions ", "list load"],
    ["positions load ", "(files)"],
    ["order buy ", "EUR_GBP EUR_USD USD_JPY"],
    ["order buy EUR", "EUR_GBP EUR_USD"],
    ["order buy eur_u", "EUR_USD"],
    ["order buy EUR_USD ", ""],
    ["order buy EUR_USD 1000 -", "-c --connection --type --comment --json"],
    ["order buy --json -", "-c --connection --type --comment"],
    ["order buy -c paper --", "--type --comment --json"],
    ["order buy EUR_USD 1000 --type ", "limit stop"],
    ["order buy EUR_USD 1000 --type s", "stop"],
    ["order buy --type limit ", "EUR_GBP EUR_USD USD_JPY"],
    ["order buy --comment ", ""],
    ["order buy --comment x ", "EUR_GBP EUR_USD USD_JPY"],
    ["order buy --json ", "EUR_GBP EUR_USD USD_JPY"],
    ["order buy -c ", "paper oanda"],
    ["-c ", "paper oanda"],
    ["-a ", "swing"],
    ["-c oanda ", "order stream positions"],
    ["-c oanda order ", "buy cancel"],
    ["order cancel ", "12 11"],
    ["order cancel 12 ", "11"],
    ["stream EUR_USD ", "EUR_GBP USD_JPY"],
    ["orders ", ""],
    ["order sell ", ""],
  ])("[%s] is completed by [%s]", async (line, expected) => {
    expect(await words(line)).toBe(expected);
  });

  it("looks where the words say: their connection and account", async () => {
    const asked: unknown[] = [];
    const seeing: Lookup = async (source, place) => {
      asked.push([source, place]);
      return [];
    };
    await complete(["-c", "oanda", "order", "buy", ""], SPEC, seeing);
    await complete(["order", "buy", "--connection", "paper", "E"], SPEC, seeing);
    await complete(["-a", "swing", "order", "cancel", ""], SPEC, seeing);
    expect(asked).toEqual([
      ["instruments", { connection: "oanda", account: null }],
      ["instruments", { connection: "paper", account: null }],
      ["orders", { connection: null, account: "swing" }],
    ]);
  });
});
