import { isAbsolute, join } from "node:path";
import { Failure } from "../core/failures.ts";
import { makeFolder } from "./durable-file.ts";
import type { Variables } from "./load.ts";

/** Where everything of the user's is kept. Nothing is made before it is needed. */
export type Paths = {
  readonly configFile: string;
  readonly databaseFile: string;
  readonly credentialsFile: string;
  readonly dataFolder: string;
  readonly cacheFolder: string;
  /** Logs, sockets and what else a reinstallation may lose. */
  readonly stateFolder: string;
};

type Folders = Record<"config" | "data" | "cache" | "state", string>;

const PROGRAM = "tmt-broker";

/**
 * The user's files: all in TMT_BROKER_HOME, or else in the platform's own folders for the
 * process's user.
 * @throws Failure CONFIG_INVALID when no absolute folder can be told.
 */
export async function resolvePaths(variables: Variables): Promise<Paths> {
  const home = variables.TMT_BROKER_HOME;
  const folders = home === undefined ? await platformFolders() : foldersIn(home);
  const relative = Object.values(folders).find((folder) => !isAbsolute(folder));
  if (relative !== undefined) throw homeFailure(`"${relative}" is no absolute folder`);
  return {
    configFile: join(folders.config, "config.toml"),
    databaseFile: join(folders.data, "tmt-broker.db"),
    credentialsFile: join(folders.data, "credentials.enc"),
    dataFolder: folders.data,
    cacheFolder: folders.cache,
    stateFolder: folders.state,
  };
}

/**
 * Makes the data, cache and state folders, for their user alone.
 * @throws Failure PERMISSION_DENIED.
 */
export function makeFolders({ dataFolder, cacheFolder, stateFolder }: Paths): void {
  for (const folder of new Set([dataFolder, cacheFolder, stateFolder])) makeFolder(folder);
}

/** The log's file; its folder is made. @throws Failure PERMISSION_DENIED. */
export function logFile({ stateFolder }: Paths): string {
  makeFolder(stateFolder);
  return join(stateFolder, "tmt-broker.log");
}

function foldersIn(home: string): Folders {
  return {
    config: home,
    data: home,
    cache: home === "" ? "" : join(home, "cache"),
    state: home,
  };
}

async function platformFolders(): Promise<Folders> {
  try {
    // Read at import: it asks the system for the home folder, which fails where there is none.
    const { default: envPaths } = await import("env-paths");
    const { config, data, cache, log } = envPaths(PROGRAM, { suffix: "" });
    return { config, data, cache, state: log };
  } catch (error) {
    throw homeFailure("this user has no home folder", error);
  }
}

function homeFailure(problem: string, cause?: unknown): Failure {
  return new Failure("CONFIG_INVALID", `No place for the configuration: ${problem}.`, {
    hint: "Set TMT_BROKER_HOME (or HOME) to an absolute folder of your own.",
    cause,
  });
}
