import { hash } from "node:crypto";
import type { ConnectionProfile, RuleChange } from "../core/connection.ts";
import { Failure } from "../core/failures.ts";
import { suggestion } from "../core/nearest.ts";
import type { FileContent } from "../ports/durable-file.ts";
import { LOG_LEVELS, type LogLevel } from "../ports/log.ts";
import { type Connections, PAPER, readConnections } from "./connections.ts";
import { parseDocument, refuseUnknownKeys, type Table, textAt } from "./document.ts";
import { readSmallFile } from "./durable-file.ts";
import { readSettings } from "./read-settings.ts";
import type { Settings } from "./schema.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export type Config = Connections & {
  readonly settings: Settings;
  /** The text of every setting that the file gives, by dotted key. */
  readonly texts: ReadonlyMap<string, string>;
  /** What differs from the rules of an account's region, by account id. */
  readonly ruleChanges: ReadonlyMap<string, readonly RuleChange[]>;
  /** `default_connection` of the file; null when it names none. */
  readonly defaultConnection: string | null;
  readonly environment: EnvironmentDefaults;
  /** Tells one configuration file from another; null where there is none. Few commands ask, and it takes its time. */
  readonly digest: () => string | null;
  /** What the user should know and that stops nothing. */
  readonly warnings: readonly string[];
};

/**
 * What TMT_BROKER_CONNECTION, TMT_BROKER_ACCOUNT and TMT_BROKER_LOG say; null where they're not
 * set.
 */
export type EnvironmentDefaults = {
  readonly connection: string | null;
  readonly account: string | null;
  readonly logLevel: LogLevel | null;
};

/**
 * The configuration in force: defaults, the file where there is one, the environment.
 * @throws Failure CONFIG_INVALID naming the first problem, or PERMISSION_DENIED.
 */
export async function loadConfig(file: string, variables: Variables): Promise<Config> {
  const content = readSmallFile(file);
  const config =
    content === null ? readConfig({}, variables) : await readFile(file, content, variables);
  if (!content?.isReadableByOthers) return config;
  const warning = `${file} can be read by other users of this computer: chmod 600 '${file}'`;
  return { ...config, warnings: [warning, ...config.warnings] };
}

async function readFile(file: string, content: FileContent, variables: Variables): Promise<Config> {
  try {
    const config = await withRules(readConfig(await parseDocument(content.bytes), variables));
    return { ...config, digest: () => digestOf(content.bytes) };
  } catch (error) {
    if (!(error instanceof Failure) || error.details.place === undefined) throw error;
    const { code, details, hint } = error;
    const options = { details: { ...details, file }, hint: hint ?? "", cause: error };
    throw new Failure(code, `${file}, ${details.place}: ${details.problem}`, options);
  }
}

function digestOf(bytes: Uint8Array): string {
  return hash("sha256", bytes).slice(0, 16);
}

/** Accounts' own rules are read against all rules there are: these are loaded only where there are such settings. */
export async function withRules(config: Config): Promise<Config> {
  const isNeeded = [...config.settings.compliance.values()].some(({ rules }) => rules !== null);
  if (!isNeeded) return config;
  const { withAccountRules } = await import("./account-rules.ts");
  return withAccountRules(config);
}

/** Checks and types a whole document, all but what it says about rules. @throws Failure CONFIG_INVALID. */
export function readConfig(document: Table, variables: Variables): Config {
  const { settings, texts, groups } = readSettings(document);
  refuseUnknownKeys(document, "", ["default_connection", "connections", "compliance", ...groups]);
  const connections = readConnections(document, settings);
  return {
    ...connections,
    settings,
    texts,
    ruleChanges: new Map(),
    defaultConnection: textAt(document, "default_connection", ""),
    environment: readEnvironment(variables),
    digest: () => null,
    warnings: warningsOf(connections.profiles, settings),
  };
}

function readEnvironment(variables: Variables): EnvironmentDefaults {
  const level = readVariable(variables, "TMT_BROKER_LOG");
  const logLevel = LOG_LEVELS.find((name) => name === level) ?? null;
  if (level !== null && logLevel === null) {
    throw new Failure("CONFIG_INVALID", "TMT_BROKER_LOG is none of the log levels.", {
      hint: suggestion(level, LOG_LEVELS),
    });
  }
  return {
    connection: readVariable(variables, "TMT_BROKER_CONNECTION"),
    account: readVariable(variables, "TMT_BROKER_ACCOUNT"),
    logLevel,
  };
}

/**
 * An empty variable is a mistake somewhere: taking the default instead might trade on another
 * account.
 */
function readVariable(variables: Variables, name: string): string | null {
  const value = variables[name];
  if (value === undefined) return null;
  if (value !== "") return value;
  throw new Failure("CONFIG_INVALID", `${name} is set, but empty. Nothing was sent.`, {
    hint: `Give it a value, or remove it (unset ${name}).`,
  });
}

function warningsOf(
  profiles: ReadonlyMap<string, ConnectionProfile>,
  settings: Settings,
): readonly string[] {
  const owners = new Map<string, string[]>();
  const ids = new Set<string>();
  for (const { name, broker, environment, accounts } of profiles.values()) {
    for (const { id } of accounts) {
      ids.add(id);
      const key = `${broker} ${environment} account ${id}`;
      owners.set(key, [...(owners.get(key) ?? []), name]);
    }
  }
  const shared = [...owners]
    .filter(([key, names]) => names.length > 1 && !key.startsWith(PAPER))
    .map(([key, names]) => `The connections ${names.join(" and ")} share the ${key}.`);
  const unused = [...settings.compliance.keys()]
    .filter((id) => !ids.has(id))
    .map((id) => `compliance.${id} binds no account: no connection has that account id.`);
  return [...shared, ...unused];
}
