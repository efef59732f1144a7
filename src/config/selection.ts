import type { AccountProfile, ConnectionProfile } from "../core/connection.ts";
import { Failure } from "../core/failures.ts";
import { suggestion } from "../core/nearest.ts";
import { DEFAULT_REGION, PAPER } from "./connections.ts";
import { shown } from "./document.ts";
import type { Config } from "./load.ts";

export type Source = "option" | "environment" | "file" | "default";

/**
 * The name of the connection to use and where it comes from: option, environment, file, else
 * `paper`.
 */
export function chosenConnection(
  config: Config,
  option: string | null,
): { readonly name: string; readonly source: Source } {
  if (option !== null) return { name: option, source: "option" };
  const { connection } = config.environment;
  if (connection !== null) return { name: connection, source: "environment" };
  if (config.defaultConnection !== null) return { name: config.defaultConnection, source: "file" };
  return { name: PAPER, source: "default" };
}

/**
 * The connection to use. A chosen one that doesn't exist is never replaced by another.
 * @throws Failure CONNECTION_NOT_FOUND.
 */
export function selectConnection(config: Config, option: string | null): ConnectionProfile {
  const { name, source } = chosenConnection(config, option);
  const profile = config.profiles.get(name);
  if (profile) return profile;
  const origin = { option: "", environment: " of TMT_BROKER_CONNECTION", file: " by default" };
  const where = source === "default" ? "" : origin[source];
  throw new Failure(
    "CONNECTION_NOT_FOUND",
    `No connection ${shown(name)}${where}. Nothing was sent.`,
    {
      hint: suggestion(name, [...config.profiles.keys()]),
      details: { connection: name, source },
    },
  );
}

/**
 * The account to use: option, TMT_BROKER_ACCOUNT, the connection's default, else its only one.
 * null when the connection names no account and none was asked for: the broker is to be asked.
 * @throws Failure ACCOUNT_NOT_FOUND, or USAGE when several are there and none is chosen.
 */
export function selectAccount(
  config: Config,
  profile: ConnectionProfile,
  option: string | null,
): AccountProfile | null {
  const wanted =
    option ?? config.environment.account ?? config.defaultAccounts.get(profile.name) ?? null;
  const { accounts } = profile;
  const names = accounts.map(({ id, alias }) => alias ?? id);
  if (wanted === null && accounts.length > 1) {
    throw new Failure("USAGE", `${profile.name} has several accounts. Nothing was sent.`, {
      hint: `Choose one with -a: ${names.join(", ")}.`,
    });
  }
  if (wanted === null) return accounts[0] ?? null;
  const account = accounts.find(({ id, alias }) => id === wanted || alias === wanted);
  if (account) return account;
  throw new Failure(
    "ACCOUNT_NOT_FOUND",
    `${profile.name} has no account ${shown(wanted)}. Nothing was sent.`,
    { hint: suggestion(wanted, names), details: { connection: profile.name, account: wanted } },
  );
}

type Told = Pick<AccountProfile, "id" | "alias" | "currency">;

/**
 * The account to use: the configured one, or else the only one that the broker has under the login when it is asked: of the
 * strictest region, unless its settings say another. @throws Failure as `selectAccount`.
 */
export async function chooseAccount(
  config: Config,
  profile: ConnectionProfile,
  { option, ask }: { readonly option: string | null; readonly ask: () => Promise<readonly Told[]> },
): Promise<AccountProfile> {
  const selected = selectAccount(config, profile, option);
  if (selected) return selected;
  const [first, second] = await ask();
  if (first && !second) {
    const region = config.settings.compliance.get(first.id)?.region ?? DEFAULT_REGION;
    const ruleChanges = config.ruleChanges.get(first.id);
    return { ...first, region, ...(ruleChanges ? { ruleChanges } : {}) };
  }
  throw new Failure("USAGE", `Choose one of the accounts of ${profile.name}. Nothing was sent.`, {
    hint: "Give it with -a; tmt-broker connect test shows them.",
  });
}
