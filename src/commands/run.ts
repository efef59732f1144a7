import { type Command, CommanderError, type Option } from "commander";
import { Failure, usageFailure } from "../core/failures.ts";
import { isLogged } from "../ports/log.ts";
import type { Theme } from "../ui/output/theme.ts";
import type { Ending } from "./command-record.ts";
import { type CommandMaker, commonOptions } from "./common-options.ts";
import type { CommonOptions, Context } from "./context.ts";
import { EXIT_CODES, INTERRUPTED_EXIT_CODE, USAGE_EXIT_CODE } from "./exit-codes.ts";
import { type FailureStyle, failureText } from "./failure-text.ts";
import { findCommand } from "./find-command.ts";
import { generalHelp, HELP_LAYOUT } from "./help.ts";

/** A context that is still to learn its options. */
export type Session = {
  readonly context: Context;
  readonly configure: (options: CommonOptions) => Promise<void>;
  /** The command has done what it should. */
  readonly endWell: () => void;
  /** Tells what happened to the accounts that were read; never fails. */
  readonly tellNews: () => Promise<void>;
  /** Sees to trades that stand without their stop, in accounts that the command had to do with; never fails. */
  readonly guardTrades: () => Promise<void>;
  /** Frees what was opened: databases, sockets. */
  readonly close: () => Promise<void>;
};

/** Runs one command line; gives its exit code. Nothing but the result goes to stdout. */
export async function runCommandLine(argv: readonly string[], session: Session): Promise<number> {
  const { context } = session;
  const startedMs = context.clock.monotonicMs();
  try {
    const help = generalHelp(argv);
    if (help !== undefined) {
      context.terminal.writeResult(help);
      return 0;
    }
    const { words, leaf, rest } = findCommand(
      argv[0] === "help" ? [...argv.slice(1), "--help"] : argv,
    );
    await runLeaf(await leaf.load(), { words, rest, session });
    session.endWell();
    await session.tellNews();
    await guard(argv, session);
    await record(context, { words: words.join(" "), failure: null, startedMs });
    return context.signal.aborted ? INTERRUPTED_EXIT_CODE : 0;
  } catch (error) {
    const exitCode = await report(error, { argv, context, startedMs });
    // With --json an error is all that stands on stderr.
    if (!argv.includes("--json")) await session.tellNews();
    await guard(argv, session);
    return exitCode;
  } finally {
    await session.close();
  }
}

/** A dry run sends nothing, not for earlier orders either. */
async function guard(argv: readonly string[], session: Session): Promise<void> {
  if (!argv.includes("--dry-run")) await session.guardTrades();
}

type Invocation = {
  readonly words: readonly string[];
  readonly rest: readonly string[];
  readonly session: Session;
};

async function runLeaf(maker: CommandMaker, { words, rest, session }: Invocation): Promise<void> {
  const command = maker(session.context)
    .name(`tmt-broker ${words.join(" ")}`)
    .exitOverride()
    .configureOutput({ ...HELP_LAYOUT, writeErr: () => undefined })
    .hook("preAction", (_, action) => session.configure(commonOptions(action.opts())));
  refuseRepeats(command, rest);
  await command.parseAsync([...rest], { from: "user" });
}

/**
 * An option given twice contradicts itself, and so does one given beside its negation: neither is taken. Options that
 * collect values have a parser.
 */
function refuseRepeats(command: Command, rest: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const token of rest) {
    if (token === "--") return;
    const flag = token.startsWith("--") ? token.split("=")[0] : token;
    const option = command.options.find((one) => one.short === flag || one.long === flag);
    if (!option || option.parseArg) continue;
    const name = option.attributeName();
    const earlier = seen.get(name);
    if (earlier !== undefined) refuseSecond(option, earlier);
    seen.set(name, option.long ?? `${flag}`);
  }
}

/** A switch that is thrown twice the same way is as good as once. */
function refuseSecond({ long, required, optional }: Option, earlier: string): void {
  if (long !== undefined && earlier !== long) {
    throw usageFailure(`${long} contradicts ${earlier}. Nothing was sent.`);
  }
  if (required || optional) {
    throw usageFailure(`${earlier} is given more than once. Nothing was sent.`);
  }
}

type Run = {
  readonly argv: readonly string[];
  readonly context: Context;
  readonly startedMs: number;
};

async function report(error: unknown, { argv, context, startedMs }: Run): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (context.signal.aborted && !(error instanceof Failure)) return INTERRUPTED_EXIT_CODE;
  const failure = toFailure(error, argv);
  context.terminal.writeNote(`${failureText(failure, styleOf(argv, context.theme))}\n`);
  await record(context, { words: wordsOf(argv), failure, startedMs });
  return EXIT_CODES[failure.code];
}

/** How a failure is told to whoever typed `argv`, before its options are parsed as well. */
export function styleOf(argv: readonly string[], theme: Theme): FailureStyle {
  const isVerbose = argv.includes("--verbose") || argv.includes("-v");
  return { isJson: argv.includes("--json"), isVerbose, theme };
}

/** What goes well, and what the user got wrong, is worth a line only where somebody asked for it. */
async function record(context: Context, ending: Ending): Promise<void> {
  const isOrdinary = ending.failure === null || EXIT_CODES[ending.failure.code] === USAGE_EXIT_CODE;
  if (isOrdinary && !isLogged("info", context.log.level)) return;
  const { recordEnding } = await import("./command-record.ts");
  recordEnding(context, ending);
}

/** The command that was typed, without what was given to it. */
function wordsOf(argv: readonly string[]): string {
  const words = argv.filter((token) => !token.startsWith("-"));
  return words.slice(0, 2).join(" ");
}

function toFailure(error: unknown, argv: readonly string[]): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) return commandLineFailure(error, argv);
  return defectFailure(error);
}

/** An error that the program has no word for. */
export function defectFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return new Failure("INTERNAL", `The program failed: ${message}`, {
    hint: "This is a defect of tmt-broker. See what was sent with: tmt-broker order reconcile",
    cause: error,
  });
}

function commandLineFailure(error: CommanderError, argv: readonly string[]): Failure {
  const [first = "", second = ""] = error.message.replace(/^error: /, "").split("\n");
  const help = `See: tmt-broker ${wordsOf(argv)} --help`;
  const suggestion = second.replace(/^\(|\)$/g, "");
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  const message = /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
  return usageFailure(`${message} Nothing was sent.`, suggestion ? `${suggestion} ${help}` : help);
}
