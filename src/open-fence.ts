import type { Config } from "./config/load.ts";
import type { ConnectionProfile } from "./core/connection.ts";
import { once } from "./core/once.ts";
import type { Histories } from "./open-history.ts";
import type { Journal } from "./ports/journal.ts";
import type { Desk } from "./trading/desk.ts";

type FenceParts = Pick<Desk, "journal" | "profile" | "account" | "actor" | "newId"> & {
  readonly config: Config;
  readonly histories: Pick<Histories, "fence" | "aside">;
  readonly note: (text: string) => void;
};

type Fenced = { readonly journal: Journal; readonly fence: Desk["fence"] };

/**
 * The journal of an account, and where the computers that trade on it meet: on the server that holds the history, if one
 * does.
 */
export async function fencedJournal(parts: FenceParts): Promise<Fenced> {
  const { journal, profile, account, config, histories } = parts;
  const { database, isFenced } = config.settings.history;
  if (!isFenced || database.kind === "sqlite" || !isShared(profile)) {
    return { journal, fence: null };
  }
  const { fenceJournal } = await import("./trading/fenced-journal.ts");
  const fence = once(() => histories.fence(database.url, fencedAccount(profile, account.id)));
  return {
    journal: fenceJournal({ ...parts, fence, aside: (work) => histories.aside(work) }),
    fence,
  };
}

/** An account of the embedded broker is its computer's alone. */
export function isShared({ broker }: Pick<ConnectionProfile, "broker">): boolean {
  return broker !== "paper";
}

/** An account's number means the same account everywhere, whatever the connection is called. */
export function fencedAccount(
  { broker, environment }: Pick<ConnectionProfile, "broker" | "environment">,
  id: string,
): string {
  return JSON.stringify([broker, environment, id]);
}
