import { chosenConnection } from "../../config/selection.ts";
import { Failure } from "../../core/failures.ts";
import { suggestion } from "../../core/nearest.ts";
import { msBetween } from "../../core/time.ts";
import type { HistoryScope, HistoryStore } from "../../ports/history.ts";
import { ageText } from "../../ui/output/numbers.ts";
import type { Context } from "../context.ts";
import { shellWord } from "../shell-word.ts";

/**
 * Whose history a command is about: of the chosen connection and account, or of all of them. A connection that was removed,
 * or came with an import, counts as well.
 * @throws Failure CONNECTION_NOT_FOUND or ACCOUNT_NOT_FOUND.
 */
export async function scopeOf(
  context: Context,
  history: HistoryStore,
  isAll: boolean,
): Promise<HistoryScope> {
  if (isAll) return { connection: null, account: null };
  const config = await context.configuration();
  const { name } = chosenConnection(config, context.options.connection);
  const known = (await history.accounts()).filter(({ connection }) => connection === name);
  if (known.length === 0) await context.profile(name);
  const wanted = context.options.account ?? config.environment.account;
  if (wanted === null) return { connection: name, account: null };
  const accounts = config.profiles.get(name)?.accounts ?? [];
  const configured = accounts.find(({ id, alias }) => id === wanted || alias === wanted)?.id;
  const account = configured ?? known.find((one) => one.account === wanted)?.account;
  if (account !== undefined) return { connection: name, account };
  const names = [
    ...accounts.map(({ id, alias }) => alias ?? id),
    ...known.map((one) => one.account),
  ];
  throw new Failure("ACCOUNT_NOT_FOUND", `The history of ${name} has no account "${wanted}".`, {
    hint: suggestion(wanted, [...new Set(names)]),
    details: { connection: name, account: wanted },
  });
}

/** What makes a command mean this scope, whatever the default is. */
export function selectingScope({ connection, account }: HistoryScope): string {
  if (connection === null) return "--all";
  const words = account === null ? ["-c", connection] : ["-c", connection, "-a", account];
  return words.map(shellWord).join(" ");
}

/** Says on stderr how old what is shown is: it is read from here, and never from the broker. */
export async function noteAge(
  context: Context,
  history: HistoryStore,
  scope: HistoryScope,
): Promise<void> {
  const accounts = (await history.accounts()).filter(
    ({ connection, account }) =>
      (scope.connection ?? connection) === connection && (scope.account ?? account) === account,
  );
  if (accounts.length === 0) {
    const command = `tmt-broker history sync ${selectingScope(scope)}`;
    context.note(`No history yet. Read it from the broker with: ${command}`);
  }
  for (const { connection, account, progress } of accounts) {
    if (!progress) continue;
    const seconds = Math.max(
      0,
      Math.floor(msBetween(progress.syncedAt, context.clock.now()) / 1000),
    );
    const begins = progress.beginsAt ? `, from ${progress.beginsAt.slice(0, 10)} on` : "";
    context.note(
      `${connection} ${account}: synced ${ageText(seconds)} ago, up to transaction ${progress.through}${begins}.`,
    );
  }
}
