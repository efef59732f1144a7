import type { ConnectionProfile } from "../core/connection.ts";
import { Failure, usageFailure } from "../core/failures.ts";
import { isConnectionName } from "./connections.ts";
import { isTable, sentence, shown, type Table, tableAt } from "./document.ts";
import { settingAt } from "./keys.ts";

/** `document` with the setting `key` at `text`. @throws Failure USAGE when either isn't legal. */
export function withSetting(document: Table, key: string, text: string): Table {
  if (key === "default_connection") return withDefaultConnection(document, text);
  const { setting, path } = settingAt(key);
  try {
    setting.parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const given = setting.isPrivate ? "that value" : shown(text);
    throw usageFailure(
      `${key}: ${given} is refused: ${sentence(error.message)} Nothing was changed.`,
    );
  }
  return withValue(document, path, text);
}

/** `document` with that connection added or replaced, all else as it was. */
export function withConnection(
  document: Table,
  profile: ConnectionProfile,
  defaultAccount: string | null = null,
): Table {
  if (!isConnectionName(profile.name)) {
    throw usageFailure(`${shown(profile.name)} can't name a connection: letters, digits, - and _.`);
  }
  const entry = withoutNulls({
    broker: profile.broker,
    environment: profile.environment,
    host: profile.host,
    stream_host: profile.streamHost,
    credential_store: profile.credentialStore,
    default_account: defaultAccount,
    accounts: profile.accounts.map(({ ruleChanges: _, ...account }) => withoutNulls(account)),
  });
  return withValue(document, ["connections", profile.name], entry);
}

/**
 * `document` without that connection; where it was the default, `paper` is the default again.
 * @throws Failure CONNECTION_NOT_FOUND.
 */
export function withoutConnection(document: Table, name: string): Table {
  const { [name]: removed, ...connections } = ownConnections(document);
  if (removed === undefined) throw missingConnection(name);
  const { default_connection: current, ...rest } = document;
  const kept = current === undefined || current === name ? {} : { default_connection: current };
  return { ...kept, ...rest, connections };
}

/**
 * `document` with `name` as its default connection; whether it exists is checked with the whole.
 */
export function withDefaultConnection(document: Table, name: string): Table {
  if (name !== "paper" && !Object.hasOwn(ownConnections(document), name)) {
    throw missingConnection(name);
  }
  return { ...document, default_connection: name };
}

/**
 * `document` with `alias` for the account `id` of a connection; null removes the alias.
 * @throws Failure ACCOUNT_NOT_FOUND when the configuration doesn't name that account.
 */
export function withAlias(
  document: Table,
  account: { readonly connection: string; readonly id: string },
  alias: string | null,
): Table {
  const connection = tableAt(ownConnections(document), account.connection, "connections");
  const accounts = Array.isArray(connection.accounts) ? connection.accounts.filter(isTable) : [];
  if (!accounts.some(({ id }) => id === account.id)) {
    throw new Failure("ACCOUNT_NOT_FOUND", `${account.connection} has no account ${account.id}.`);
  }
  const changed = accounts.map((entry) =>
    entry.id === account.id ? withoutNulls({ ...entry, alias }) : entry,
  );
  return withValue(document, ["connections", account.connection, "accounts"], changed);
}

function ownConnections(document: Table): Table {
  return tableAt(document, "connections", "");
}

function withValue(table: Table, path: readonly string[], value: unknown): Table {
  const [key, ...rest] = path;
  if (key === undefined) return table;
  if (rest.length === 0) return { ...table, [key]: value };
  return { ...table, [key]: withValue(tableAt(table, key, ""), rest, value) };
}

function withoutNulls(entry: Table): Table {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}

function missingConnection(name: string): Failure {
  const message = `No connection ${shown(name)} in the configuration. Nothing was changed.`;
  return new Failure("CONNECTION_NOT_FOUND", message, { hint: "`connect list` shows them all." });
}
