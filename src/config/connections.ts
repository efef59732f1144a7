import { REGIONS, type Region } from "../core/account.ts";
import { type AccountProfile, BROKER_NAMES, type ConnectionProfile } from "../core/connection.ts";
import type { Environment } from "../core/order.ts";
import { CREDENTIAL_STORES } from "../ports/credential-store.ts";
import {
  choiceAt,
  invalid,
  isTable,
  joined,
  refuseUnknownKeys,
  shown,
  type Table,
  tableAt,
  tablesAt,
  textAt,
} from "./document.ts";
import { parseHost } from "./hosts.ts";
import type { Settings } from "./schema.ts";

export type Connections = {
  /** In the order of their names; `paper` is always there. */
  readonly profiles: ReadonlyMap<string, ConnectionProfile>;
  /** Account id by connection, where one is configured. */
  readonly defaultAccounts: ReadonlyMap<string, string>;
};

export const PAPER = "paper";
const CONNECTION_KEYS = [
  "broker",
  "environment",
  "host",
  "stream_host",
  "credential_store",
  "default_account",
  "accounts",
] as const;
const ACCOUNT_KEYS = ["id", "alias", "region", "currency"] as const;
const CONNECTION_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;
const ACCOUNT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
// The same as `connect add` without --region: no hedging, and first in, first out.
export const DEFAULT_REGION: Region = "US";
const PAPER_ACCOUNT: AccountProfile = {
  id: "paper-001",
  alias: null,
  region: "US",
  currency: "USD",
};
const PAPER_PROFILE: ConnectionProfile = {
  name: PAPER,
  broker: "paper",
  environment: "paper",
  accounts: [PAPER_ACCOUNT],
  host: null,
  streamHost: null,
  credentialStore: null,
};

/**
 * Reads `[connections.…]`.
 * @throws Failure CONFIG_INVALID naming the place and what is possible there.
 */
export function readConnections(document: Table, settings: Settings): Connections {
  const table = tableAt(document, "connections", "");
  const own = Object.keys(table);
  refuseConfusingNames(own);
  const names = [...new Set([...own, PAPER])].sort((left, right) => (left < right ? -1 : 1));
  const profiles = new Map(
    names.map((name) => [
      name,
      Object.hasOwn(table, name)
        ? readProfile(name, tableAt(table, name, "connections"), settings)
        : withCompliance(PAPER_PROFILE, settings),
    ]),
  );
  const defaultAccounts = new Map<string, string>();
  for (const [name, profile] of profiles) {
    const entry = table[name];
    const wanted = isTable(entry) ? textAt(entry, "default_account", placeOf(name)) : null;
    if (wanted !== null) defaultAccounts.set(name, defaultAccountId(wanted, profile));
  }
  return { profiles, defaultAccounts };
}

/** Whether `name` may name a connection: letters, digits, `-` and `_`, at most 40. */
export function isConnectionName(name: string): boolean {
  return CONNECTION_NAME.test(name);
}

function readProfile(name: string, table: Table, settings: Settings): ConnectionProfile {
  const place = placeOf(name);
  refuseUnknownKeys(table, place, CONNECTION_KEYS);
  const broker = choiceAt(table, "broker", { place, choices: BROKER_NAMES });
  if (broker === null) throw invalid(place, `broker is missing: ${BROKER_NAMES.join(", ")}.`);
  if (name === PAPER && broker !== "paper") {
    throw invalid(place, "only the embedded paper broker may be called paper.");
  }
  const environment = readEnvironment(table, place, broker === "paper");
  const use = { broker, environment };
  const accounts = readAccounts(table, place);
  refusePracticeAccount(place, accounts, use);
  const store = choiceAt(table, "credential_store", { place, choices: CREDENTIAL_STORES });
  const profile: ConnectionProfile = {
    name,
    broker,
    environment,
    accounts: accounts.length === 0 && broker === "paper" ? [PAPER_ACCOUNT] : accounts,
    host: readHost(table, "host", { place, use }),
    streamHost: readHost(table, "stream_host", { place, use }),
    credentialStore: broker === "paper" ? null : (store ?? settings.credentials.store),
  };
  return withCompliance(profile, settings);
}

function readEnvironment(table: Table, place: string, isPaper: boolean): Environment {
  const choices = isPaper ? (["paper"] as const) : (["practice", "live"] as const);
  const environment = choiceAt(table, "environment", { place, choices });
  if (environment !== null) return environment;
  if (isPaper) return "paper";
  throw invalid(place, "environment is missing: practice or live.");
}

function readHost(
  table: Table,
  key: "host" | "stream_host",
  { place, use }: { readonly place: string; readonly use: Parameters<typeof parseHost>[1] },
): string | null {
  const text = textAt(table, key, place);
  if (text === null) return null;
  if (use.broker === "paper") throw invalid(joined(place, key), "the paper broker has no host.");
  try {
    return parseHost(text, use);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(joined(place, key), `${shown(text)} is refused: ${error.message}.`);
  }
}

function readAccounts(table: Table, place: string): readonly AccountProfile[] {
  const list = tablesAt(table, "accounts", place).map((account, index) =>
    readAccount(account, `${place}.accounts[${index}]`),
  );
  const names = list.flatMap(({ id, alias }) => (alias === null ? [id] : [id, alias]));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(place, `two accounts are called ${shown(twice)}.`);
  return list;
}

function readAccount(table: Table, place: string): AccountProfile {
  refuseUnknownKeys(table, place, ACCOUNT_KEYS);
  const id = textAt(table, "id", place);
  const alias = textAt(table, "alias", place);
  const currency = textAt(table, "currency", place);
  if (id === null) throw invalid(place, "id is missing.");
  for (const name of [id, alias]) {
    if (name !== null && !ACCOUNT_NAME.test(name)) {
      throw invalid(
        place,
        `${shown(name)} can't name an account: letters, digits, . _ and - only.`,
      );
    }
  }
  if (currency !== null && !/^[A-Z]{3}$/.test(currency)) {
    throw invalid(joined(place, "currency"), `${shown(currency)} is no currency, such as USD.`);
  }
  const region = choiceAt(table, "region", { place, choices: REGIONS }) ?? DEFAULT_REGION;
  return { id, alias, region, currency };
}

// OANDA, REST v20 account identifiers, read 2026-11-22: the first part is 001 for live, 101 for
// practice.
function refusePracticeAccount(
  place: string,
  accounts: readonly AccountProfile[],
  { broker, environment }: Parameters<typeof parseHost>[1],
): void {
  if (broker !== "oanda") return;
  const foreign = environment === "live" ? "101-" : "001-";
  const account = accounts.find(({ id }) => id.startsWith(foreign));
  if (!account) return;
  const theirs = environment === "live" ? "a practice" : "a live";
  throw invalid(place, `${account.id} is ${theirs} account, and the connection is ${environment}.`);
}

/** `compliance.<account>.region` goes ahead of the region that the connection was added with. */
function withCompliance(profile: ConnectionProfile, settings: Settings): ConnectionProfile {
  const accounts = profile.accounts.map((account) => ({
    ...account,
    region: settings.compliance.get(account.id)?.region ?? account.region,
  }));
  return { ...profile, accounts };
}

function defaultAccountId(text: string, profile: ConnectionProfile): string {
  const account = profile.accounts.find(({ id, alias }) => id === text || alias === text);
  if (account) return account.id;
  const place = joined(placeOf(profile.name), "default_account");
  throw invalid(place, `${shown(text)} is none of the connection's accounts.`);
}

function refuseConfusingNames(names: readonly string[]): void {
  const illegal = names.find((name) => !isConnectionName(name));
  if (illegal !== undefined) {
    throw invalid(placeOf(illegal), "a name has 1 to 40 letters, digits, - and _.");
  }
  const all = [...new Set([PAPER, ...names])];
  const twice = all.find((name) =>
    all.some((other) => other !== name && other.toLowerCase() === name.toLowerCase()),
  );
  if (twice !== undefined) throw invalid(placeOf(twice), "two names differ by case only.");
}

function placeOf(name: string): string {
  return joined("connections", name);
}
