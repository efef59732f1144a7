import type { NotifyOptions } from "./alerts/tell-configured.ts";
import { isAnybodyTold, type Troubles } from "./alerts/troubles.ts";
import type { Context, RunState } from "./commands/context.ts";
import type { ReadAccount } from "./commands/news.ts";
import { version } from "./config/version.ts";
import type { Secret } from "./core/secret.ts";
import type { Credentials } from "./credentials/chain.ts";
import type { LocalStore as Store } from "./history/sqlite/store.ts";
import type { NotifySettings, OrderAlert } from "./ports/alerts.ts";
import { systemClock } from "./resilience/system-clock.ts";

/** What telling people needs of a run. */
export type TellParts = Pick<Context, "paths" | "note" | "log" | "signal" | "configuration"> & {
  readonly state: RunState;
  readonly store: (() => Promise<Store>) & { readonly isMade: () => boolean };
  readonly credentials: () => Promise<Credentials>;
  /** All that are in use: no message holds one of them. */
  readonly secrets: Secret[];
  readonly connections: ReadonlyMap<string, unknown>;
  readonly readAccounts: ReadonlyMap<string, ReadAccount>;
  readonly troubles: Troubles;
};

/** What happened to the accounts that the command read anyway. */
export async function newsOf(parts: TellParts): Promise<void> {
  const { readAccounts, signal } = parts;
  if (readAccounts.size === 0 || signal.aborted) return;
  const [{ tellOfAccounts }, { settings }] = await Promise.all([
    import("./commands/news.ts"),
    parts.configuration(),
  ]);
  if (!settings.notify.orders) return;
  await tellOfAccounts([...readAccounts.values()], {
    ...parts,
    alerts: parts.troubles,
    marks: async () => (await parts.store()).noticeMarks,
    isQuiet: parts.state.options.quiet,
    times: parts.state.times,
    tell: isAnybodyTold(settings.notify) ? (alerts) => tellOrders(parts, alerts) : null,
  });
}

/** Whom the user configured; false when nobody could be told. */
export async function tellOrders(
  parts: TellParts,
  alerts: readonly OrderAlert[],
): Promise<boolean> {
  const settings = await whomToTell(parts);
  if (!settings) return false;
  const telling = await import("./alerts/tell-configured.ts");
  return telling.tellOrders(alerts, await notifyOptions(parts, settings));
}

async function notifyOptions(parts: TellParts, settings: NotifySettings): Promise<NotifyOptions> {
  const { log, secrets } = parts;
  return {
    settings,
    variables: process.env,
    stateFolder: (await parts.paths()).stateFolder,
    store: async (name) => (await parts.credentials()).store(name),
    secrets,
    clock: systemClock,
    version: version(),
    log,
  };
}

/** What the breakers of the connections that were used say: read while the database is open. */
export async function noteCircuits(parts: TellParts): Promise<void> {
  const { troubles, connections, store } = parts;
  if (connections.size === 0 || !store.isMade() || !(await whomToTell(parts))) return;
  const [opened] = await Promise.allSettled([store()]);
  if (opened.status !== "fulfilled") return;
  await troubles.noteCircuits([...connections.keys()], opened.value.circuits, systemClock.now());
}

/** After everything else, and in a bounded time. */
export async function tellPeople(parts: TellParts): Promise<void> {
  const { troubles } = parts;
  const settings = troubles.isEmpty ? null : await whomToTell(parts);
  if (!settings) return;
  const { tellConfigured } = await import("./alerts/tell-configured.ts");
  await tellConfigured(troubles, await notifyOptions(parts, settings));
}

async function whomToTell({ configuration }: TellParts): Promise<NotifySettings | null> {
  const [config] = await Promise.allSettled([configuration()]);
  const notify = config.status === "fulfilled" ? config.value.settings.notify : null;
  return notify && isAnybodyTold(notify) ? notify : null;
}
