import { createReadStream } from "node:fs";
import { chosenConnection } from "../../config/selection.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import type { HistoryRow } from "../../core/history-row.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { HistoryStore, ImportCount } from "../../ports/history.ts";
import {
  type ColumnMapping,
  IMPORT_FORMATS,
  type ImportDefaults,
} from "../../ports/history-files.ts";
import { historyText } from "../../ui/output/history-text.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { columnMapping } from "./column-map.ts";

const READ_BYTES = 1024 * 1024;

export const importHistory: CommandMaker = (context) =>
  examples(
    command("import", "Take over a broker's statement, or another machine's export")
      .argument("<file>", "a CSV or JSON lines file; - for stdin")
      .option("--format <format>", `${IMPORT_FORMATS.join(" or ")} (default: by the file's name)`)
      .option("--map <file>", "a CSV of the broker's own: a TOML file, or time=Date,type=Action,…")
      .option("--dry-run", "read all of it and show what it says; nothing is stored")
      .action((file: string, options: ImportOptions) => run(context, file, options)),
    [
      "history import history.csv",
      "history import statement.csv -c oanda -a 001-001-1234567-001",
      "history import activity.csv --map broker.toml --dry-run",
    ],
  );

type ImportOptions = {
  readonly format?: string;
  readonly map?: string;
  readonly dryRun?: true;
};

async function run(context: Context, file: string, options: ImportOptions): Promise<void> {
  const format = options.format ?? (/\.(jsonl|ndjson)$/i.test(file) ? "jsonl" : "csv");
  const chosen = choiceOption("--format", format, IMPORT_FORMATS);
  const history = await context.history();
  const files = await (await context.store()).historyFiles();
  const defaults = await defaultsOf(context, history);
  const bytes = bytesOf(file, context.signal);
  const mapping = options.map === undefined ? null : await mappingFor(chosen, options.map);
  let ignored = 0;
  const onIgnored = () => {
    ignored += 1;
  };
  const rows = mapping
    ? files.readStatement(bytes, mapping, { ...defaults, onIgnored })
    : files.read(chosen, bytes, defaults);
  const document = () => ({ file, format: chosen, ...(mapping && { ignored }) });
  if (options.dryRun) return preview(context, rows, document);
  const count = await history.importRows(rows);
  context.print(() => resultText(file, count, ignored), { ...document(), ...count });
}

async function mappingFor(format: string, map: string): Promise<ColumnMapping> {
  if (format !== "csv") throw usageFailure("--map is for CSV files. Nothing was imported.");
  return columnMapping(map);
}

const PREVIEWED = 20;

/** Reads all of it, so that what can't be read is told, and shows how the first rows were understood. */
async function preview(
  context: Context,
  batches: AsyncIterable<readonly HistoryRow[]>,
  document: () => { readonly file: string; readonly ignored?: number },
): Promise<void> {
  const first: HistoryRow[] = [];
  let count = 0;
  for await (const rows of batches) {
    first.push(...rows.slice(0, PREVIEWED - first.length));
    count += rows.length;
  }
  const { ignored = 0, file } = document();
  const left = ignored === 0 ? "" : `, ${ignored} left out by the mapping`;
  const summary = `${nameOf(file)}: ${count} rows can be read${left}. Nothing was stored.`;
  context.print(
    () => (count === 0 ? summary : `${historyText(first, context.theme)}\n\n${summary}`),
    { ...document(), dryRun: true, rows: count, first },
  );
}

function resultText(file: string, count: ImportCount, ignored: number): string {
  const { rows, stored, known } = count;
  const left = ignored === 0 ? "" : `, ${ignored} left out by the mapping`;
  return `${nameOf(file)}: ${rows} rows, ${stored} stored, ${known} known already${left}.`;
}

function nameOf(file: string): string {
  return file === "-" ? "stdin" : file;
}

/** The account that rows without one are of, by its id or its alias. */
async function defaultsOf(context: Context, history: HistoryStore): Promise<ImportDefaults> {
  const config = await context.configuration();
  const { name } = chosenConnection(config, context.options.connection);
  const profile = config.profiles.get(name);
  const wanted = context.options.account ?? config.environment.account;
  const configured = profile?.accounts.find(({ id, alias }) => id === wanted || alias === wanted);
  const currencies = new Map<string, string>();
  for (const { name: connection, accounts } of config.profiles.values()) {
    for (const { id, currency } of accounts) {
      if (currency) currencies.set(keyOf({ connection, account: id }), currency);
    }
  }
  for (const account of await history.accounts()) {
    if (account.currency) currencies.set(keyOf(account), account.currency);
  }
  return {
    connection: name,
    account: configured?.id ?? wanted,
    currencyOf: (account) => currencies.get(keyOf(account)) ?? null,
  };
}

function keyOf({ connection, account }: AccountKey): string {
  return JSON.stringify([connection, account]);
}

async function* bytesOf(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream =
    file === "-" ? process.stdin : createReadStream(file, { highWaterMark: READ_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    throw readFailure(error, file);
  }
}

function readFailure(error: unknown, file: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : null;
  if (error instanceof Failure || code === null || !code.startsWith("E")) return error;
  if (code === "EACCES" || code === "EPERM") {
    return new Failure("PERMISSION_DENIED", `${file} may not be read. Nothing was imported.`);
  }
  const why = code === "EISDIR" ? "is a folder" : `can't be read (${code})`;
  return usageFailure(`${file} ${why}. Nothing was imported.`, "Check the path.");
}
