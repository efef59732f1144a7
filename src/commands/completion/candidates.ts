import type { Slot, Source } from "./slots.ts";
import { type CommandSpec, type CompletionSpec, isCommand, type OptionSpec } from "./spec.ts";

/** A word that may stand where the cursor is. */
export type Candidate = {
  readonly word: string;
  /** What it means, in a few words. */
  readonly summary: string;
};

/** What the words before the cursor say about where to look. */
export type Place = { readonly connection: string | null; readonly account: string | null };

/** Gives the words of a source; none where nothing is known. */
export type Lookup = (source: Exclude<Source, "files">, place: Place) => Promise<Candidates>;
export type Candidates = readonly Candidate[];

/** The words that fit, or the shell's own file names. */
export type Completion = Candidates | "files";

/**
 * What can stand where the cursor is. `words` are those after the program's name; the last one is being typed, and
 * may be empty.
 */
export async function complete(
  words: readonly string[],
  spec: CompletionSpec,
  lookup: Lookup,
): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const found = await candidates(words.slice(0, -1), typed, { spec, lookup });
  return found === "files" ? found : matching(found, typed);
}

type Sources = { readonly spec: CompletionSpec; readonly lookup: Lookup };

async function candidates(
  before: readonly string[],
  typed: string,
  { spec, lookup }: Sources,
): Promise<Completion> {
  const position = positionOf(before, spec);
  if (position.kind === "group") {
    const { pending, place } = position;
    return pending?.value ? fromSlot(pending.value, { place, lookup }) : summaries(spec);
  }
  if (position.kind === "nowhere") return [];
  const { command, place, pending, free } = position;
  if (typed.startsWith("-")) return optionNames(command.options, before);
  if (pending?.value) return fromSlot(pending.value, { place, lookup });
  const found = await fromSlot(slotAt(command, free.length), { place, lookup });
  if (found === "files") return found;
  const others = position.commands ? summaries(position.commands) : [];
  return [...others, ...found.filter(({ word }) => !free.includes(word))];
}

type Position =
  | { readonly kind: "group"; readonly place: Place; readonly pending: OptionSpec | null }
  | { readonly kind: "nowhere" }
  | {
      readonly kind: "command";
      readonly command: CommandSpec;
      /** Given while its name may still be typed. */
      readonly commands: Readonly<Record<string, CommandSpec>> | null;
      readonly place: Place;
      /** The option whose value comes next. */
      readonly pending: OptionSpec | null;
      /** The words that belong to no option. */
      readonly free: readonly string[];
    };

const NO_ARGUMENTS: CommandSpec = { summary: "", slots: [], isVariadic: false, options: [] };

function positionOf(before: readonly string[], spec: CompletionSpec): Position {
  const words = before[0] === "help" ? before.slice(1) : before;
  const { free, place, pending } = freeWords(words, COMMON_OPTIONS);
  const [groupName, commandName] = free;
  if (groupName === undefined) return { kind: "group", place, pending };
  const group = Object.hasOwn(spec, groupName) ? spec[groupName] : undefined;
  if (!group) return { kind: "nowhere" };
  if (isCommand(group)) return at(group, words, { skip: 1, commands: null });
  if (commandName === undefined) {
    const command = group.byDefault === null ? undefined : group.commands[group.byDefault];
    return at(command ?? NO_ARGUMENTS, words, { skip: 1, commands: group.commands });
  }
  const command = Object.hasOwn(group.commands, commandName) ? group.commands[commandName] : null;
  return command ? at(command, words, { skip: 2, commands: null }) : { kind: "nowhere" };
}

function at(
  command: CommandSpec,
  words: readonly string[],
  { skip, commands }: { readonly skip: number; readonly commands: GroupCommands | null },
): Position {
  const { free, pending, place } = freeWords(words, command.options);
  return { kind: "command", command, commands, place, pending, free: free.slice(skip) };
}

type GroupCommands = Readonly<Record<string, CommandSpec>>;

/** The options that may stand before a command's name and take a value. */
const COMMON_OPTIONS: readonly OptionSpec[] = [
  { names: ["-c", "--connection"], summary: "", value: { from: "connections" } },
  { names: ["-a", "--account"], summary: "", value: { from: "accounts" } },
];

/** Which words belong to no option, where to look, and which option still waits for its value. */
function freeWords(words: readonly string[], options: readonly OptionSpec[]) {
  const free: string[] = [];
  const values = new Map<string, string>();
  let pending: OptionSpec | null = null;
  for (const word of words) {
    const isOption = word.startsWith("-");
    if (pending && !isOption) {
      values.set(pending.names.at(-1) ?? "", word);
      pending = null;
      continue;
    }
    const option = isOption ? options.find(({ names }) => names.includes(word)) : undefined;
    pending = option?.value ? option : null;
    if (!isOption) free.push(word);
  }
  const connection = values.get("--connection") ?? null;
  const account = values.get("--account") ?? null;
  return { free, place: { connection, account }, pending };
}

function slotAt({ slots, isVariadic }: CommandSpec, index: number): Slot | undefined {
  return slots[index] ?? (isVariadic ? slots.at(-1) : undefined);
}

async function fromSlot(
  slot: Slot | undefined,
  { place, lookup }: { readonly place: Place; readonly lookup: Lookup },
): Promise<Completion> {
  if (slot === undefined) return [];
  if ("words" in slot) return slot.words.map((word) => ({ word, summary: "" }));
  return slot.from === "files" ? "files" : lookup(slot.from, place);
}

/** Those that weren't given yet. */
function optionNames(options: readonly OptionSpec[], before: readonly string[]): Candidates {
  return options
    .filter(({ names }) => !names.some((name) => before.includes(name)))
    .flatMap(({ names, summary }) => names.map((word) => ({ word, summary })));
}

function summaries(entries: Readonly<Record<string, { readonly summary: string }>>): Candidates {
  return Object.entries(entries).map(([word, { summary }]) => ({ word, summary }));
}

/** Those that go on as `typed` begins; case counts only where it was typed. */
function matching(found: Candidates, typed: string): Candidates {
  const exact = found.filter(({ word }) => word.startsWith(typed));
  if (exact.length > 0) return exact;
  const lower = typed.toLowerCase();
  return found.filter(({ word }) => word.toLowerCase().startsWith(lower));
}
