import { isConnectionName } from "../../config/connections.ts";
import { withConnection, withDefaultConnection } from "../../config/edit.ts";
import { parseHost } from "../../config/hosts.ts";
import { REGIONS, type Region } from "../../core/account.ts";
import {
  type AccountProfile,
  BROKER_NAMES,
  type ConnectionProfile,
} from "../../core/connection.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import { suggestion } from "../../core/nearest.ts";
import type { Secret } from "../../core/secret.ts";
import type { BrokerConnection } from "../../ports/broker.ts";
import { CREDENTIAL_STORES, type CredentialStoreName } from "../../ports/credential-store.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";
import { readSecret } from "./secret-input.ts";

type AddOptions = {
  readonly name?: string;
  readonly env?: string;
  /** `-a` of every command; here it may be given several times. */
  readonly account?: readonly string[];
  readonly region?: string;
  readonly host?: string;
  readonly streamHost?: string;
  readonly tokenStdin?: true;
  readonly store?: string;
  readonly use?: true;
};

const SUPPORTED = new Set(["oanda", "paper"]);

export const add: CommandMaker = (context) => {
  const built = command("add", "Add a connection; its credential is checked with the broker first")
    .argument("<broker>", `one of ${BROKER_NAMES.join(", ")}`)
    .option("--name <name>", "what to call it (default: the broker's name)")
    .option("--env <environment>", "practice or live", "practice")
    .option("--region <region>", `whose rules bind its accounts: ${REGIONS.join(", ")} (US)`)
    .option("--host <url>", "another address of its API, e.g. a practice server's")
    .option("--stream-host <url>", "another address of its streams")
    .option("--token-stdin", "read the token from standard input")
    .option("--store <store>", `where to keep the token: ${CREDENTIAL_STORES.join(", ")}`)
    .option("--use", "make it the default connection")
    .action((broker: string, options: AddOptions) => run(context, broker, options));
  const account = built.options.find((option) => option.long === "--account");
  if (account) {
    account.description = "only this account of the login; may be given several times";
    account.argParser((id: string, before: readonly string[] = []) => [...before, id]);
  }
  return examples(built, [
    "connect add oanda",
    "connect add oanda --env live --name main --use",
    "connect add oanda --host http://127.0.0.1:8090 --token-stdin --store file < token.txt",
  ]);
};

async function run(context: Context, brokerText: string, options: AddOptions): Promise<void> {
  const draft = await draftProfile(context, brokerText, options);
  if (draft.broker === "paper") return save(context, { profile: draft, secret: null, options });
  const secret = await readSecret(context, options.tokenStdin === true);
  const connection = await context.connect(draft, secret);
  const accounts = await checkedAccounts(connection, options);
  await save(context, { profile: { ...draft, accounts }, secret, options });
}

async function draftProfile(
  context: Context,
  brokerText: string,
  options: AddOptions,
): Promise<ConnectionProfile> {
  const broker = choiceOption("The broker", brokerText, BROKER_NAMES);
  if (!SUPPORTED.has(broker)) {
    throw new Failure("UNSUPPORTED", `${broker} is not supported yet; nothing was stored.`, {
      hint: "Supported: oanda, paper.",
    });
  }
  const isPaper = broker === "paper";
  const environment = isPaper
    ? ("paper" as const)
    : choiceOption("--env", options.env ?? "practice", ["practice", "live"] as const);
  const region = choiceOption("--region", options.region ?? "US", REGIONS);
  const name = await freeName(context, options.name ?? broker);
  const host = (text: string | undefined, option: string) =>
    text === undefined ? null : parsedHost(text, option, { broker, environment });
  return {
    name,
    broker,
    environment,
    accounts: isPaper ? [{ id: `${name}-001`, alias: null, region, currency: "USD" }] : [],
    host: host(options.host, "--host"),
    streamHost: host(options.streamHost, "--stream-host"),
    credentialStore: isPaper ? null : await storeName(context, options.store),
  };
}

async function freeName(context: Context, name: string): Promise<string> {
  if (!isConnectionName(name)) {
    throw usageFailure(`"${name.slice(0, 60)}" can't name a connection: letters, digits, - and _.`);
  }
  const { profiles } = await context.configuration();
  if (!profiles.has(name)) return name;
  throw usageFailure(
    `There is a connection "${name}" already. Nothing was stored.`,
    `Choose another --name, or remove it first: tmt-broker connect remove ${name}`,
  );
}

async function storeName(context: Context, text: string | undefined): Promise<CredentialStoreName> {
  if (text !== undefined) return choiceOption("--store", text, CREDENTIAL_STORES);
  return (await context.configuration()).settings.credentials.store;
}

function parsedHost(text: string, option: string, use: Parameters<typeof parseHost>[1]): string {
  try {
    return parseHost(text, use);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usageFailure(
      `${option} "${text.slice(0, 100)}" is refused: ${error.message}. Nothing was stored.`,
    );
  }
}

/** Every account that is to be used answers with its currency: the credential works for each of them. */
async function checkedAccounts(
  connection: BrokerConnection,
  options: AddOptions,
): Promise<readonly AccountProfile[]> {
  const found = await connection.accounts();
  const ids = found.map((account) => account.id);
  const wanted = options.account ?? ids;
  const missing = wanted.find((id) => !ids.includes(id));
  if (missing !== undefined) {
    throw new Failure(
      "ACCOUNT_NOT_FOUND",
      `The login has no account "${missing}". Nothing was stored.`,
      {
        hint: suggestion(missing, ids),
      },
    );
  }
  if (wanted.length === 0) {
    throw new Failure(
      "PERMISSION_DENIED",
      "The credential works, but it opens no account. Nothing was stored.",
      {
        hint: "Some divisions of the broker have no access by API: ask the broker.",
      },
    );
  }
  const region = choiceOption("--region", options.region ?? "US", REGIONS);
  const foreign = found.find((account) => account.isOutsideUs && wanted.includes(account.id));
  if (foreign && options.region === undefined) refuseGuess(foreign.id);
  return Promise.all(wanted.map((id) => readProfile(connection, id, region)));
}

/** Rules of another country would let too much pass, or too little: nobody is put under them by default. */
function refuseGuess(id: string): never {
  throw usageFailure(
    `The account ${id} is of another division than the broker's US one, so the rules that bind it have to be named. Nothing was stored.`,
    `Give it the region whose rules bind it, e.g. --region UK: ${REGIONS.join(", ")}.`,
  );
}

async function readProfile(
  connection: BrokerConnection,
  id: string,
  region: Region,
): Promise<AccountProfile> {
  const { account } = await connection.broker(id).state();
  return { id, alias: null, region, currency: account.currency };
}

type Saving = {
  readonly profile: ConnectionProfile;
  readonly secret: Secret | null;
  readonly options: AddOptions;
};

/** The secret first: a connection without its secret would be of no use. It goes again when the rest fails. */
async function save(context: Context, { profile, secret, options }: Saving): Promise<void> {
  const store = profile.credentialStore && (await context.credentialStore(profile.credentialStore));
  if (store && secret) await store.write(profile.name, secret);
  try {
    await context.changeConfig((document) => {
      const added = withConnection(document, profile);
      return options.use ? withDefaultConnection(added, profile.name) : added;
    });
  } catch (error) {
    if (store) await store.remove(profile.name);
    throw error;
  }
  const { journal } = await context.store();
  const { name, broker, environment, accounts, host, credentialStore } = profile;
  const document = { name, broker, environment, accounts, host, credentialStore };
  await journal.record([
    accessRecord(context, "connection.added", { connection: name, ...document }),
  ]);
  context.print(() => addedText(context, profile, options.use === true), {
    ...document,
    default: options.use === true,
  });
}

function addedText(context: Context, profile: ConnectionProfile, isDefault: boolean): string {
  const accounts = profile.accounts
    .map((account) => `${account.id} (${account.currency}, rules: ${account.region})`)
    .join(", ");
  const where = profile.credentialStore ? `; its token is in the ${profile.credentialStore}` : "";
  const next = isDefault
    ? ""
    : `\n  Use it with -c ${profile.name}, or: tmt-broker connect use ${profile.name}`;
  return `${context.theme.badge(profile.environment)} Added ${profile.name}: ${accounts}${where}${next}`;
}
