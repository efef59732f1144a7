import type { Slot } from "./slots.ts";

/** What can be typed, as plain data: made when the program is built, so that completing loads nothing of it. */
export type CompletionSpec = Readonly<Record<string, GroupSpec | CommandSpec>>;

export type GroupSpec = {
  readonly summary: string;
  readonly byDefault: string | null;
  readonly commands: Readonly<Record<string, CommandSpec>>;
};

export type CommandSpec = {
  readonly summary: string;
  /** In their order; the last one is for all that follow when `isVariadic`. */
  readonly slots: readonly Slot[];
  readonly isVariadic: boolean;
  readonly options: readonly OptionSpec[];
};

export type OptionSpec = {
  /** Short and long, e.g. `-c` and `--connection`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** null when it takes no value. */
  readonly value: Slot | null;
};

export function isCommand(entry: GroupSpec | CommandSpec): entry is CommandSpec {
  return !("commands" in entry);
}
