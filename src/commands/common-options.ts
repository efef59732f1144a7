import { Command } from "commander";
import type { CommonOptions, Context } from "./context.ts";

/** Makes a command once its context is known. */
export type CommandMaker = (context: Context) => Command;

/** A command with the options that every command understands. */
export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-c, --connection <name>", "connection to use (default: paper)")
    .option("-a, --account <id|alias>", "account to use")
    .option("--json", "print the result as JSON")
    .option("-y, --yes", "answer every question with yes")
    .option("-q, --quiet", "print nothing but the result")
    .option("-v, --verbose", "show more about what happens and what failed")
    .option("--no-color", "no colour");
}

/** Examples at the end of a command's help. */
export function examples(command: Command, lines: readonly string[]): Command {
  const text = lines.map((line) => `  $ tmt-broker ${line}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

/** What holds until they are parsed. */
export const NO_OPTIONS: CommonOptions = {
  connection: null,
  account: null,
  json: false,
  yes: false,
  quiet: false,
  verbose: false,
};

/** The common options out of what commander parsed. */
export function commonOptions(parsed: Record<string, unknown>): CommonOptions {
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    connection: text(parsed.connection),
    account: text(parsed.account),
    json: parsed.json === true,
    yes: parsed.yes === true,
    quiet: parsed.quiet === true,
    verbose: parsed.verbose === true,
  };
}
