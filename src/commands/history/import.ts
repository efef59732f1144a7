import { createReadStream } from "node:fs";
import { chosenConnection } from "../../config/selection.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { HistoryStore, ImportCount } from "../../ports/history.ts";
import { IMPORT_FORMATS, type ImportDefaults } from "../../ports/history-files.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

const READ_BYTES = 1024 * 1024;

export const importHistory: CommandMaker = (context) =>
  examples(
    command("import", "Take over a broker's statement, or another machine's export")
      .argument("<file>", "a CSV or JSON lines file; - for stdin")
      .option("--format <format>", `${IMPORT_FORMATS.join(" or ")} (default: by the file's name)`)
      .action((file: string, options: { readonly format?: string }) => run(context, file, options)),
    ["history import history.csv", "history import statement.csv -c oanda -a 001-001-1234567-001"],
  );

async function run(
  context: Context,
  file: string,
  options: { readonly format?: string },
): Promise<void> {
  const format = options.format ?? (/\.(jsonl|ndjson)$/i.test(file) ? "jsonl" : "csv");
  const chosen = choiceOption("--format", format, IMPORT_FORMATS);
  const history = await context.history();
  const files = await (await context.store()).historyFiles();
  const rows = files.read(
    chosen,
    bytesOf(file, context.signal),
    await defaultsOf(context, history),
  );
  const count = await history.importRows(rows);
  context.print(() => resultText(file, count), { file, format: chosen, ...count });
}

function resultText(file: string, { rows, stored, known }: ImportCount): string {
  const name = file === "-" ? "stdin" : file;
  return `${name}: ${rows} rows, ${stored} stored, ${known} known already.`;
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
