import { once } from "node:events";
import { statSync } from "node:fs";
import { Failure, type FailureCode, usageFailure } from "../../core/failures.ts";
import { checkSignals } from "../../trading/check-signals.ts";
import type { Desk } from "../../trading/desk.ts";
import { type SubmittedOrder, submitOrders } from "../../trading/submit-orders.ts";
import { printable } from "../../ui/output/table.ts";
import type { Context } from "../context.ts";
import { raiseStopRefused } from "../order-answers.ts";
import { raiseUnknown, settlePatiently } from "../settling.ts";
import { SignalFolder, type TakenFile } from "./signal-folder.ts";
import { readSignals, refuseProblems } from "./signal-input.ts";
import { signalDocument, signalText } from "./signal-text.ts";

/** Two looks that are so far apart, and find a file the same, mean that nobody writes it any more. */
const LOOK_MS = 1_000;
/** What can't be worked on now is tried again after so long. */
const AGAIN_MS = 5_000;
/** Remarks of so many entries are remembered, so that each is made once. */
const MOST_REMARKS = 10_000;
/** What is wrong with a file itself: trying again can't help. */
const FAULTS: ReadonlySet<FailureCode> = new Set([
  ...(["USAGE", "INVALID_UNITS", "INVALID_PRICE", "INSTRUMENT_NOT_FOUND"] as const),
]);

export type WatchedFolder = {
  readonly folder: string;
  readonly atOnce: number;
  /** Wait where risk.maxOrdersPerMinute would refuse an order. */
  readonly isPaced: boolean;
};

/** Submits every file of signals that appears in a folder, one after the other, until Ctrl-C or SIGTERM. */
export async function submitFolder(context: Context, watched: WatchedFolder): Promise<void> {
  requireFolder(watched.folder);
  const desk = await context.desk({ isBatch: true });
  requireConsent(context, desk);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  void once(process, "SIGTERM", { signal }).then(
    () => over.abort("terminated"),
    () => undefined,
  );
  try {
    await new FolderRun(directly(context), desk, { ...watched, signal }).run();
  } finally {
    over.abort("over");
  }
}

function requireFolder(folder: string): void {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  throw usageFailure(
    `"${folder.slice(0, 200)}" is no folder. Nothing was sent.`,
    "Make it first: the files of signals are put there.",
  );
}

/** Nobody is there to be asked about each file. */
function requireConsent({ options }: Context, { profile }: Desk): void {
  if (profile.environment !== "live" || options.yes) return;
  throw new Failure(
    "CONFIRMATION_REQUIRED",
    `Every file in the folder would be sent to the live connection "${profile.name}" without asking. Nothing was sent.`,
    { hint: "Add --yes." },
  );
}

/** A command that never ends can't hold its notes back until it has: with --json a program gets none. */
function directly(context: Context): Context {
  const note = (text: string) => {
    const { quiet, json } = context.options;
    if (!quiet && (!json || context.terminal.showsNotes))
      context.terminal.writeNote(`${context.theme.dim(text)}\n`);
  };
  return Object.create(context, { note: { value: note } }) as Context;
}

type RunOptions = WatchedFolder & { readonly signal: AbortSignal };

/** What became of a file. */
type FileEnd =
  | { readonly kind: "done" | "refused"; readonly text: string }
  /** Some of it wasn't sent, and can be another time. */
  | { readonly kind: "later"; readonly text: string };

class FolderRun {
  readonly #context: Context;
  readonly #desk: Desk;
  readonly #options: RunOptions;
  readonly #files: SignalFolder;
  /** What was said of each entry last. */
  readonly #remarks = new Map<string, string>();

  constructor(context: Context, desk: Desk, options: RunOptions) {
    this.#context = context;
    this.#desk = desk;
    this.#options = options;
    this.#files = new SignalFolder(options.folder, {
      owner: desk.actor.process,
      isAlive: desk.isOwnerAlive,
      remark: (name, text) => this.#remark(name, text),
    });
  }

  async run(): Promise<void> {
    const { signal, folder } = this.#options;
    this.#context.note(`Watching ${folder} for files of signals (*.jsonl), until Ctrl-C.`);
    while (!signal.aborted) {
      const file = await this.#look();
      if (file) await this.#workOn(file);
      else await this.#pause(LOOK_MS);
    }
  }

  async #look(): Promise<TakenFile | null> {
    try {
      const file = await this.#files.next();
      if (this.#remarks.delete("")) this.#context.note("The folder can be read again.");
      return file;
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      this.#remark("", `The folder can't be read (${String(error.code)}): it is waited for`);
      return null;
    }
  }

  async #workOn(file: TakenFile): Promise<void> {
    for (;;) {
      const end = await this.#submit(file);
      if (end.kind !== "later") return this.#putAway(file, end.kind, end.text);
      this.#remark(file.name, end.text);
      if (!this.#options.signal.aborted) await this.#pause(AGAIN_MS);
      if (!this.#options.signal.aborted) continue;
      return this.#tidily(file, () => this.#files.giveBack(file));
    }
  }

  async #submit(file: TakenFile): Promise<FileEnd> {
    try {
      return await this.#send(file);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { code, hint, details } = error;
      const message = error.message.replaceAll(file.path, file.name);
      if (!FAULTS.has(code)) return { kind: "later", text: `is tried again: ${message}` };
      const { problems } = details;
      const refused = { code, brokerCode: null, message, hint, ...(problems ? { problems } : {}) };
      this.#tell(file, { status: "refused", error: refused }, () => `refused: ${message}`);
      return { kind: "refused", text: "" };
    }
  }

  async #send(file: TakenFile): Promise<FileEnd> {
    const { atOnce, isPaced, signal } = this.#options;
    const context = this.#context;
    const lines = await readSignals(context, file.path);
    const { signals, problems } = await checkSignals(this.#desk, lines.signals);
    refuseProblems([...lines.problems, ...problems]);
    if (signals.length === 0) throw usageFailure("There is no signal in it.");
    await settlePatiently(context, this.#desk, { isAboutAll: false });
    let unsent = 0;
    const drafts = signals.map(({ draft }) => draft);
    const fresh = new Set(signals.filter(({ isKnown }) => !isKnown).map(({ draft }) => draft));
    await submitOrders(this.#desk, drafts, {
      ...{ atOnce, isDryRun: false, signal },
      isPaced: (draft) => isPaced && fresh.has(draft),
      onSettled: (order) => {
        if (order.report === null && order.failure === null) unsent += 1;
        else this.#settled(file, order);
      },
    });
    if (unsent === 0) return { kind: "done", text: `${drafts.length} signals` };
    return { kind: "later", text: `was interrupted, ${unsent} of its signals weren't sent` };
  }

  #settled(file: TakenFile, order: SubmittedOrder): void {
    const { report, isKnown } = order;
    const document = signalDocument(order, this.#desk);
    this.#tell(file, document, () => signalText(order, this.#desk, this.#context.theme));
    if (report && !isKnown) raiseStopRefused(this.#context, report);
    if (report?.status !== "unknown") return;
    const createdAt = report.submittedAt ?? this.#context.clock.now();
    raiseUnknown(this.#context, { ...report, createdAt });
  }

  /** A result that can't be kept is told, and stands in the journal. */
  #tell(file: TakenFile, document: object, text: () => string): void {
    const named = { file: file.name, ...document };
    this.#context.print(() => `${printable(file.name)}: ${text()}`, named);
    this.#tidily(file, () => file.result(named));
  }

  #putAway(file: TakenFile, where: "done" | "refused", text: string): void {
    this.#tidily(file, () => {
      const place = this.#files.putAway(file, where);
      const what = text === "" ? "" : `, ${text}`;
      this.#context.note(`${printable(file.name)} is in ${printable(place)}${what}.`);
    });
  }

  /** The folder may be gone, or full: what is done is done, and the watch goes on. */
  #tidily(file: TakenFile, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      this.#remark(
        file.name,
        `can't be put away (${String(error.code)}); its signals stand in the journal`,
      );
    }
  }

  #remark(name: string, text: string): void {
    if (this.#remarks.get(name) === text) return;
    if (this.#remarks.size >= MOST_REMARKS) this.#remarks.clear();
    this.#remarks.set(name, text);
    this.#context.note(name === "" ? `${text}.` : `${printable(name)} ${text}.`);
  }

  async #pause(ms: number): Promise<void> {
    await this.#context.clock.sleep(ms, this.#options.signal).catch(() => undefined);
  }
}
