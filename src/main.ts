import { randomBytes } from "node:crypto";
import { Troubles } from "./alerts/troubles.ts";
import { builtTexts as textsOf } from "./commands/built-texts.ts";
import { NO_OPTIONS } from "./commands/common-options.ts";
import { userName } from "./commands/connect/access-record.ts";

import type { Context, DeskUse, RunState, Surroundings } from "./commands/context.ts";
import { openInside } from "./commands/inner-session.ts";
import type { ReadAccount } from "./commands/news.ts";
import { openNotes } from "./commands/notes.ts";
import { endOnDefect, interruptSignal } from "./commands/process-ends.ts";

import { runCommandLine, type Session } from "./commands/run.ts";
import { sessionOf } from "./commands/session-kind.ts";
import { hasColor, openSystemTerminal } from "./commands/system-terminal.ts";
import { policyOf } from "./commands/trading-policy.ts";
import { openDurableFile } from "./config/durable-file.ts";
import { type Config, loadConfig } from "./config/load.ts";
import { logFile, resolvePaths } from "./config/paths.ts";
import { updateConfig } from "./config/save.ts";

import { chooseAccount, chosenConnection, selectConnection } from "./config/selection.ts";
import { buildId, version } from "./config/version.ts";

import type { AccountProfile, ConnectionProfile } from "./core/connection.ts";
import { once } from "./core/once.ts";
import type { Secret } from "./core/secret.ts";
import { instantToMs } from "./core/time.ts";
import type { Credentials } from "./credentials/chain.ts";
import { parseToken } from "./credentials/token.ts";
import { logLevelOf, openLog } from "./logs/open-log.ts";
import { noted, openConnection } from "./open-connection.ts";
import { fencedAccount, fencedJournal, isShared } from "./open-fence.ts";
import { Histories } from "./open-history.ts";
import { openLocalStore, prepareRestoration } from "./open-store.ts";
import type { AnchorVault } from "./ports/audit-anchor.ts";
import type { BrokerConnection } from "./ports/broker.ts";
import { isProcessAlive, processIdentity } from "./resilience/process-identity.ts";
import { systemClock } from "./resilience/system-clock.ts";
import { newsOf, noteCircuits, tellOrders, tellPeople } from "./tell-people.ts";
import type { Desk } from "./trading/desk.ts";
import { gateBroker, withReads } from "./trading/gated-broker.ts";
import { newUlid } from "./trading/new-id.ts";
import { loadColorTheme, PLAIN_THEME } from "./ui/output/theme.ts";
import { timesIn, UTC_TIMES } from "./ui/output/times.ts";

/** Runs the program; the process ends with the documented exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const signal = interruptSignal();
  const secrets: Secret[] = [];
  const terminal = openSystemTerminal(signal, secrets);
  const session = openSession({
    terminal,
    secrets,
    theme: hasColor(argv) ? await loadColorTheme() : PLAIN_THEME,
    signal,
  });
  endOnDefect(argv, session.context);
  const exitCode = await runCommandLine(argv, session);
  await terminal.flushed();
  // Idle sockets, and a keychain that never answers, must not keep the program alive.
  process.exit(exitCode);
}

/** What the build keeps beside the program; nothing is opened for it. */
export function builtTexts(): Promise<Record<string, string>> {
  const { signal } = new AbortController();
  const terminal = openSystemTerminal(signal, []);
  return textsOf(openSession({ terminal, theme: PLAIN_THEME, signal, secrets: [] }).context);
}

/** The parts of one run, each made on first use. */
function openSession(surroundings: Surroundings): Session {
  const parts = openParts(surroundings);
  return {
    context: contextOf(parts),
    configure: async (given) => {
      parts.state.options = given;
      await heed(parts);
    },
    endWell: parts.tellHeld,
    tellNews: () => newsOf(parts),
    guardTrades: () => guardTrades(parts),
    close: () => closeParts(parts),
  };
}

/** Takes the time zone from the configuration, and says what is odd about it; one that can't be read is left to the command that needs it. */
async function heed({ configuration, note, state }: Parts): Promise<void> {
  const [config] = await Promise.allSettled([configuration()]);
  if (config.status !== "fulfilled") return;
  const { warnings, settings } = config.value;
  state.times = timesIn(settings.display.timezone);
  for (const warning of warnings) note(warning);
}

type Parts = ReturnType<typeof openParts>;

function openParts(surroundings: Surroundings) {
  const { terminal, theme, signal, secrets } = surroundings;
  const state: RunState = {
    options: NO_OPTIONS,
    config: null,
    transport: "node",
    times: UTC_TIMES,
  };
  const { note, tellHeld } = openNotes({ terminal, theme, options: () => state.options });
  const paths = once(() => resolvePaths(process.env));
  const configuration = () => {
    state.config ??= paths().then(({ configFile }) => loadConfig(configFile, process.env));
    return state.config;
  };
  const log = openLog({
    level: logLevelOf(process.env),
    file: async () => logFile(await paths()),
    version: version(),
    secrets: () => secrets,
    onFault: (error) => note(`The log can't be written: ${String(error)}`),
  });
  const troubles = new Troubles();
  const store = once(() => openLocalStore({ paths, note, log, troubles }));
  const credentials = once(async () => {
    const { name } = chosenConnection(await configuration(), state.options.connection);
    return openCredentialChain({ paths, terminal, note, runConnection: name });
  });
  const histories = new Histories({ configuration, store, credentials, note, signal, secrets });
  const connections = new Map<string, Promise<BrokerConnection>>();
  const readAccounts = new Map<string, ReadAccount>();
  const desks = new Map<string, Desk>();
  const connect = (profile: ConnectionProfile, secret?: Secret) => {
    const key = secret ? `${profile.name} (new credential)` : profile.name;
    const known = connections.get(key);
    if (known) return known;
    const { transport } = state;
    const opened = openConnection(profile, {
      ...{ secret, store, credentials, note, log, secrets, transport },
      version: version(),
      timeText: (instant) => state.times.text(instant),
    });
    connections.set(key, opened);
    return opened;
  };
  return {
    ...surroundings,
    state,
    note,
    tellHeld,
    paths,
    configuration,
    store,
    credentials,
    histories,
    connections,
    readAccounts,
    desks,
    connect,
    log,
    troubles,
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
    get theme() {
      return { ...parts.theme, times: state.times };
    },
    version: version(),
    environment: process.env,
    get options() {
      return state.options;
    },
    paths: parts.paths,
    configuration,
    store: parts.store,
    restore: (file) => prepareRestoration(parts, file),
    history: () => parts.histories.configured(),
    orderLines: () => parts.histories.orderLines(),
    serverHistory: (url, secret) => parts.histories.onServer(url, secret),
    serverFence: async (url, chosen, account) =>
      isShared(chosen) ? parts.histories.fence(url, fencedAccount(chosen, account)) : null,
    profile,
    connect: parts.connect,
    parseToken: (text, source) => noted(parseToken(text, source), parts),
    credentialStore: async (name) => (await parts.credentials()).store(name),
    anchorVault: () => openKeychainAnchor(parts),
    desk: async (use?: DeskUse) => {
      if (use?.isBatch) state.transport = "undici";
      const chosen = await profile();
      return openDesk(parts, chosen, await accountOf(parts, chosen));
    },
    desks: async (chosen) => {
      const one = state.options.account === null ? null : await accountOf(parts, chosen);
      const accounts = one ? [one] : chosen.accounts;
      return Promise.all(accounts.map((account) => openDesk(parts, chosen, account)));
    },
    inside: openInside(parts, contextOf),
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
    log: parts.log,
    alerts: parts.troubles,
    tellOrders: (alerts) => tellOrders(parts, alerts),
  };
}

/** Trades that an earlier command left without their stop. */
async function guardTrades(parts: Parts): Promise<void> {
  const { desks, signal } = parts;
  if (desks.size === 0 || signal.aborted) return;
  const { guardAccounts } = await import("./commands/guarding.ts");
  await guardAccounts({ ...parts, options: parts.state.options, alerts: parts.troubles }, [
    ...desks.values(),
  ]);
}

async function closeParts(parts: Parts): Promise<void> {
  const { connections, store, log } = parts;
  await noteCircuits(parts);
  for (const opened of await Promise.allSettled(connections.values())) {
    if (opened.status === "fulfilled") await opened.value.close();
  }
  await parts.histories.close();
  const [opened] = await Promise.allSettled(store.isMade() ? [store()] : []);
  if (opened?.status === "fulfilled") opened.value.leave();
  await tellPeople(parts);
  await log.flushed();
}

/** Only where a connection keeps its secret in the keychain: nobody else should be asked to unlock one. */
async function openKeychainAnchor(parts: Parts): Promise<AnchorVault | null> {
  const profiles = [...(await parts.configuration()).profiles.values()];
  if (!profiles.some(({ credentialStore }) => credentialStore === "keychain")) return null;
  const { openAnchorVault } = await import("./history/anchor-vault.ts");
  const { databaseFile } = await parts.paths();
  return openAnchorVault((await parts.credentials()).store("keychain"), databaseFile);
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

function actorOf({ terminal }: Parts, { digest }: Config): Desk["actor"] {
  return {
    user: userName(),
    process: processIdentity(),
    version: version(),
    build: buildId(),
    // Asked for by what is recorded only.
    get session() {
      return sessionOf(terminal);
    },
    get configuration() {
      return digest();
    },
  };
}

async function accountOf(
  { state, configuration, connect }: Parts,
  profile: ConnectionProfile,
): Promise<AccountProfile> {
  const config = await configuration();
  const ask = async () => (await connect(profile)).accounts();
  return chooseAccount(config, profile, { option: state.options.account, ask });
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
  const known = {
    profile: chosen,
    account,
    journal: store.journal,
    actor: actorOf(parts, config),
    newId: () => newUlid(instantToMs(systemClock.now()), randomBytes(16)),
  };
  const desk = {
    ...known,
    ...(await fencedJournal({ ...parts, ...known, config })),
    capabilities: connection.capabilities,
    halts: store.halts,
    dayBook: store.dayBook,
    balances: store.balances,
    nakedTrades: store.nakedTrades,
    instruments: store.instruments,
    clock: systemClock,
    policy: policyOf(config),
    isOwnerAlive: isProcessAlive,
  };
  const gateParts = { ...desk, gate: store.wireGate, alerts: parts.troubles };
  const gated = gateBroker(connection.broker(account.id), gateParts);
  const key = JSON.stringify([chosen.name, account.id]);
  const state = async () => {
    const read = await gated.state();
    parts.readAccounts.set(key, { desk: { ...desk, broker: gated }, state: read });
    return read;
  };
  const opened = { ...desk, broker: withReads(gated, { state }) };
  parts.desks.set(key, opened);
  return opened;
}
