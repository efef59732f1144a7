import { randomBytes } from "node:crypto";
import { userName } from "./commands/connect/access-record.ts";
import type { CommonOptions, Context, LocalStore } from "./commands/context.ts";
import { helpPages as pagesOf } from "./commands/help.ts";
import { runCommandLine, type Session } from "./commands/run.ts";
import { isOutputTerminal, openSystemTerminal } from "./commands/system-terminal.ts";
import { openDurableFile } from "./config/durable-file.ts";
import { type Config, loadConfig } from "./config/load.ts";
import { makeFolders, resolvePaths } from "./config/paths.ts";
import { updateConfig } from "./config/save.ts";
import { exitDistanceFor } from "./config/schema.ts";
import { chosenConnection, selectAccount, selectConnection } from "./config/selection.ts";
import type { AccountProfile, ConnectionProfile } from "./core/connection.ts";
import { Failure } from "./core/failures.ts";
import type { Secret } from "./core/secret.ts";
import { instantToMs } from "./core/time.ts";
import type { Credentials } from "./credentials/chain.ts";
import { parseToken } from "./credentials/token.ts";
import type { BrokerConnection, Capabilities } from "./ports/broker.ts";
import type { InstrumentCache } from "./ports/instrument-cache.ts";
import type { VenueStore } from "./ports/venue-store.ts";
import type { Guards } from "./resilience/guards.ts";
import { isProcessAlive, processIdentity } from "./resilience/process-identity.ts";
import { systemClock } from "./resilience/system-clock.ts";
import { CONNECTIONS } from "./resilience/transport.ts";
import type { Desk, TradingPolicy } from "./trading/desk.ts";
import { newUlid } from "./trading/new-id.ts";
import { loadColorTheme, PLAIN_THEME } from "./ui/output/theme.ts";

declare const __TMT_VERSION__: string;

type Store = LocalStore & {
  readonly venue: VenueStore;
  readonly instruments: InstrumentCache;
  leave(): void;
};

const NO_OPTIONS: CommonOptions = {
  connection: null,
  account: null,
  json: false,
  yes: false,
  quiet: false,
  verbose: false,
};

/** Runs the program; the process ends with the documented exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const interrupted = new AbortController();
  process.on("SIGINT", () => {
    // The second one doesn't wait: whatever was sent is in the journal and is settled by the next command.
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort(new Error("interrupted"));
  });
  const terminal = openSystemTerminal(interrupted.signal);
  const session = openSession({
    terminal,
    theme: hasColor(argv) ? await loadColorTheme() : PLAIN_THEME,
    signal: interrupted.signal,
  });
  const exitCode = await runCommandLine(argv, session);
  await terminal.flushed();
  // Idle sockets, and a keychain that never answers, must not keep the program alive.
  process.exit(exitCode);
}

/** Help of every command by its words; nothing is opened for it. */
export function helpPages(): Promise<Record<string, string>> {
  const { signal } = new AbortController();
  const terminal = openSystemTerminal(signal);
  return pagesOf(openSession({ terminal, theme: PLAIN_THEME, signal }).context);
}

type Surroundings = Pick<Context, "terminal" | "theme" | "signal">;

/** The parts of one run, each made on first use. */
function openSession(surroundings: Surroundings): Session {
  const parts = openParts(surroundings);
  return {
    context: contextOf(parts),
    configure: async (given) => {
      parts.state.options = given;
      await warn(parts);
    },
    close: () => closeParts(parts),
  };
}

/** Says what is odd about the configuration; one that can't be read is left to the command that needs it. */
async function warn({ configuration, note }: Parts): Promise<void> {
  const [config] = await Promise.allSettled([configuration()]);
  if (config.status !== "fulfilled") return;
  for (const warning of config.value.warnings) note(warning);
}

type Parts = ReturnType<typeof openParts>;

function openParts({ terminal, theme, signal }: Surroundings) {
  /** What changes during a run: the options once they are parsed, the configuration when it is edited. */
  const state: { options: CommonOptions; config: Promise<Config> | null } = {
    options: NO_OPTIONS,
    config: null,
  };
  const note = (text: string) => {
    if (!state.options.quiet) terminal.writeNote(`${theme.dim(text)}\n`);
  };
  const paths = once(() => resolvePaths(process.env));
  const configuration = () => {
    state.config ??= paths().then(({ configFile }) => loadConfig(configFile, process.env));
    return state.config;
  };
  const store = once(() => openLocalStore(paths));
  const credentials = once(async () => {
    const { name } = chosenConnection(await configuration(), state.options.connection);
    return openCredentialChain({ paths, terminal, note, runConnection: name });
  });
  const connections = new Map<string, Promise<BrokerConnection>>();
  const connect = (profile: ConnectionProfile, secret?: Secret) => {
    const key = secret ? `${profile.name} (new credential)` : profile.name;
    const known = connections.get(key);
    if (known) return known;
    const opened = openConnection(profile, { secret, store, credentials, note });
    connections.set(key, opened);
    return opened;
  };
  return {
    signal,
    terminal,
    theme,
    state,
    note,
    paths,
    configuration,
    store,
    credentials,
    connections,
    connect,
  };
}

function contextOf(parts: Parts): Context {
  const { state, terminal, configuration } = parts;
  const profile = async (name?: string) =>
    selectConnection(await configuration(), name ?? state.options.connection);
  return {
    clock: systemClock,
    signal: parts.signal,
    terminal,
    theme: parts.theme,
    version: version(),
    environment: process.env,
    get options() {
      return state.options;
    },
    paths: parts.paths,
    configuration,
    store: parts.store,
    profile,
    connect: parts.connect,
    parseToken,
    credentialStore: async (name) => (await parts.credentials()).store(name),
    desk: async () => {
      const chosen = await profile();
      return openDesk(parts, chosen, await accountOf(parts, chosen));
    },
    desks: async (chosen) => {
      const one = state.options.account === null ? null : await accountOf(parts, chosen);
      const accounts = one ? [one] : chosen.accounts;
      return Promise.all(accounts.map((account) => openDesk(parts, chosen, account)));
    },
    changeConfig: async (change) => {
      const { configFile } = await parts.paths();
      await updateConfig(openDurableFile(configFile, systemClock), change);
      state.config = null;
      return configuration();
    },
    print: (text, document) => {
      const output = state.options.json ? JSON.stringify(document) : text();
      if (output !== "") terminal.writeResult(`${output}\n`);
    },
    note: parts.note,
  };
}

async function closeParts({ connections, store }: Parts): Promise<void> {
  for (const opened of await Promise.allSettled(connections.values())) {
    if (opened.status === "fulfilled") await opened.value.close();
  }
  if (!store.isMade()) return;
  const [opened] = await Promise.allSettled([store()]);
  if (opened.status === "fulfilled") opened.value.leave();
}

function hasColor(argv: readonly string[]): boolean {
  const { NO_COLOR, TERM, FORCE_COLOR } = process.env;
  if (argv.includes("--no-color") || (NO_COLOR !== undefined && NO_COLOR !== "")) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0") return true;
  return TERM !== "dumb" && isOutputTerminal();
}

type Lazy<T> = (() => Promise<T>) & { readonly isMade: () => boolean };

function once<T>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | null = null;
  const lazy = () => {
    made ??= make();
    return made;
  };
  return Object.assign(lazy, { isMade: () => made !== null });
}

async function openLocalStore(paths: Context["paths"]): Promise<Store> {
  const [{ openStore }, { auditChain }, found] = await Promise.all([
    import("./history/sqlite/store.ts"),
    import("./compliance/audit/chain.ts"),
    paths(),
  ]);
  makeFolders(found);
  return openStore(found.databaseFile, { chain: auditChain });
}

type CredentialParts = Pick<Context, "paths" | "terminal" | "note"> & {
  readonly runConnection: string;
};

async function openCredentialChain(parts: CredentialParts): Promise<Credentials> {
  const { paths, terminal, note, runConnection } = parts;
  const [{ openCredentials }, { openKeychain }, encrypted, { credentialsFile }] = await Promise.all(
    [
      import("./credentials/chain.ts"),
      import("./credentials/keychain.ts"),
      import("./credentials/encrypted-file.ts"),
      paths(),
    ],
  );
  const prompt = terminal.isInteractive
    ? () => terminal.askSecret("Passphrase of the credential file (not shown): ")
    : null;
  return openCredentials({
    variables: process.env,
    runConnection,
    keychain: () => openKeychain({ clock: systemClock }),
    file: () =>
      encrypted.openEncryptedFile({
        file: openDurableFile(credentialsFile, systemClock),
        passphrase: encrypted.passphraseSource(process.env, prompt),
        warn: note,
      }),
  });
}

type ConnectionParts = {
  readonly secret: Secret | undefined;
  readonly store: () => Promise<Store>;
  readonly credentials: () => Promise<Credentials>;
  readonly note: (text: string) => void;
};

async function openConnection(
  profile: ConnectionProfile,
  parts: ConnectionParts,
): Promise<BrokerConnection> {
  const { secret, store, credentials } = parts;
  if (profile.broker === "paper") {
    const { openPaperConnection } = await import("./adapters/paper/connection.ts");
    const { venue } = await store();
    return openPaperConnection({ profile, store: venue, clock: systemClock });
  }
  if (profile.broker === "oanda") {
    const { openOandaConnection, OANDA_CAPABILITIES } = await import(
      "./adapters/oanda/connection.ts"
    );
    const token = secret ?? (await (await credentials()).of(profile));
    const limits = await guardsOf(profile, OANDA_CAPABILITIES, parts);
    return openOandaConnection({ profile, token, clock: systemClock, version: version(), limits });
  }
  throw new Failure("UNSUPPORTED", `${profile.broker} is not supported yet. Nothing was sent.`);
}

/** Breaker, retry and limit of a connection. A credential that is still to prove itself has no failures yet. */
async function guardsOf(
  { name }: ConnectionProfile,
  { requestsPerSecond, connectionsPerSecond }: Capabilities,
  { secret, store, note }: ConnectionParts,
): Promise<Guards> {
  const [{ openGuards }, { steadyGuards }, shared] = await Promise.all([
    import("./resilience/guards.ts"),
    import("./resilience/own-guards.ts"),
    store(),
  ]);
  return openGuards({
    ...steadyGuards(shared, note),
    connection: name,
    requestsPerSecond,
    connectionsPerSecond,
    places: CONNECTIONS.node,
    hasBreaker: secret === undefined,
    clock: systemClock,
    random: Math.random,
    owner: processIdentity(),
    isAlive: isProcessAlive,
  });
}

async function accountOf(
  { state, configuration, connect }: Parts,
  profile: ConnectionProfile,
): Promise<AccountProfile> {
  const selected = selectAccount(await configuration(), profile, state.options.account);
  if (selected) return selected;
  const [first, second] = await (await connect(profile)).accounts();
  if (first && !second) return { ...first, region: "US" };
  throw new Failure("USAGE", `Choose one of the accounts of ${profile.name}. Nothing was sent.`, {
    hint: "Give it with -a; tmt-broker connect test shows them.",
  });
}

async function openDesk(
  parts: Parts,
  chosen: ConnectionProfile,
  account: AccountProfile,
): Promise<Desk> {
  const [connection, store, config] = await Promise.all([
    parts.connect(chosen),
    parts.store(),
    parts.configuration(),
  ]);
  return {
    profile: chosen,
    account,
    broker: connection.broker(account.id),
    capabilities: connection.capabilities,
    journal: store.journal,
    halts: store.halts,
    dayBook: store.dayBook,
    instruments: store.instruments,
    clock: systemClock,
    policy: policyOf(config),
    actor: { user: userName(), process: processIdentity(), version: version() },
    newId: () => newUlid(instantToMs(systemClock.now()), randomBytes(16)),
    isOwnerAlive: isProcessAlive,
  };
}

function policyOf({ settings }: Config): TradingPolicy {
  const { risk, order } = settings;
  const exits = (type: "forex" | "stock") => ({
    stopLoss: exitDistanceFor("stopLoss", type, settings),
    takeProfit: exitDistanceFor("takeProfit", type, settings),
    trailingStop: exitDistanceFor("trailingStop", type, settings),
  });
  const limits = {
    maxQuoteAgeMs: order.maxQuoteAgeMs,
    maxUnits: risk.maxUnits,
    maxNotional: risk.maxNotional,
    maxOrdersPerMinute: risk.maxOrdersPerMinute,
    maxDailyLoss: risk.maxDailyLoss,
    maxSpreadPips: risk.maxSpreadPips,
    priceCollar: risk.priceCollar,
  };
  return { limits, exits: { pair: exits("forex"), stock: exits("stock") } };
}

function version(): string {
  return typeof __TMT_VERSION__ === "string" ? __TMT_VERSION__ : "0.0.0-source";
}
