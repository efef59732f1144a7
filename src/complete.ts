import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Candidates,
  complete,
  type Lookup,
  type Place,
} from "./commands/completion/candidates.ts";
import { isShell, linesFor } from "./commands/completion/lines.ts";
import type { Source } from "./commands/completion/slots.ts";
import type { CompletionSpec } from "./commands/completion/spec.ts";
import type { Config } from "./config/load.ts";
import { resolvePaths } from "./config/paths.ts";
import type { ConnectionProfile } from "./core/connection.ts";
import { once } from "./core/once.ts";

/** What the build leaves beside this file's bundle. */
type Built = {
  readonly commands: CompletionSpec;
  readonly settings: Candidates;
  /** What the paper broker trades, for a user who never traded. */
  readonly instruments: Candidates;
};

/**
 * Answers a shell: `argv` is its name, `--`, and the words after the program's own, the last of which is being typed.
 * Gives what to print: nothing where nothing is known, for an error would only disturb whoever types.
 */
export async function answer(argv: readonly string[], folder: string): Promise<string> {
  const [shell = "", , ...words] = argv;
  if (!isShell(shell)) return "";
  const built = JSON.parse(readFileSync(join(folder, "completion.json"), "utf8")) as Built;
  const found = await complete(words, built.commands, lookupIn(built));
  return linesFor(shell, found);
}

function lookupIn(built: Built): Lookup {
  const configuration = once(readConfiguration);
  return async (source, place) => {
    if (source === "settings") return built.settings;
    const config = await configuration();
    if (source === "connections") return connectionWords(config);
    if (source === "accounts") return accountWords(config, place);
    const known = await readDatabase(source, { config, place });
    const isUnknown = source === "instruments" && known.length === 0;
    return isUnknown ? built.instruments : known;
  };
}

/** null where it can't be read: the next command says why. */
async function readConfiguration(): Promise<Config | null> {
  try {
    const [{ loadConfig }, { configFile }] = await Promise.all([
      import("./config/load.ts"),
      resolvePaths(process.env),
    ]);
    return await loadConfig(configFile, process.env);
  } catch {
    return null;
  }
}

function connectionWords(config: Config | null): Candidates {
  return [...(config?.profiles.values() ?? [])].map(({ name, broker, environment }) => ({
    word: name,
    summary: broker === environment ? broker : `${broker} ${environment}`,
  }));
}

function accountWords(config: Config | null, { connection }: Place): Candidates {
  return profilesOf(config, connection).flatMap(({ name, accounts }) =>
    accounts.map(({ id, alias }) => ({
      word: alias ?? id,
      summary: alias === null ? name : `${name} ${id}`,
    })),
  );
}

function profilesOf(config: Config | null, name: string | null): readonly ConnectionProfile[] {
  const profiles = [...(config?.profiles.values() ?? [])];
  return name === null ? profiles : profiles.filter((profile) => profile.name === name);
}

type Asked = { readonly config: Config | null; readonly place: Place };

async function readDatabase(
  source: Extract<Source, "instruments" | "orders" | "positions">,
  { config, place }: Asked,
): Promise<Candidates> {
  // Node calls its own SQLite experimental, on stderr: that would disturb whoever types.
  process.removeAllListeners("warning");
  try {
    const [{ Lookup }, { databaseFile }, whose] = await Promise.all([
      import("./history/sqlite/lookup.ts"),
      resolvePaths(process.env),
      whoseOf(config, place),
    ]);
    const lookup = new Lookup(databaseFile);
    try {
      return lookup[source](whose);
    } finally {
      lookup.close();
    }
  } catch {
    return [];
  }
}

async function whoseOf(config: Config | null, { connection, account }: Place) {
  if (!config) return { connection: connection ?? "paper", account: null };
  const { chosenConnection } = await import("./config/selection.ts");
  const { name } = chosenConnection(config, connection);
  const wanted = account ?? config.environment.account ?? config.defaultAccounts.get(name) ?? null;
  const accounts = config.profiles.get(name)?.accounts ?? [];
  const found = accounts.find(({ id, alias }) => id === wanted || alias === wanted);
  return { connection: name, account: found?.id ?? wanted };
}
