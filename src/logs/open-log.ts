import { appendFileSync } from "node:fs";
import { redact, Secret } from "../core/secret.ts";
import { isLogged, LOG_LEVELS, type Log, type LogFields, type LogLevel } from "../ports/log.ts";
import { rotate } from "./rotate.ts";

export type LogOptions = {
  readonly level: LogLevel;
  /** Asked before the first line is written; the folder is there. */
  readonly file: () => Promise<string>;
  readonly version: string;
  /** Taken out of every line. */
  readonly secrets: () => readonly Secret[];
  /** Told once why nothing can be written. */
  readonly onFault: (error: unknown) => void;
};

export type OpenLog = Log & {
  /** Resolves when every line so far is written, or was given up. */
  flushed(): Promise<void>;
};

type Writer = (level: LogLevel, message: string, fields: LogFields) => void;

/** Most lines that wait for the log to be opened. */
const WAITING_MAX = 1_000;

/**
 * A log whose parts are loaded with the first line that is written at its level: a command that has nothing to say
 * pays nothing.
 */
export function openLog(options: LogOptions): OpenLog {
  const { level, onFault } = options;
  let opened: Promise<Writer | null> | null = null;
  let writer: Writer | null = null;
  const waiting: Parameters<Writer>[] = [];
  const open = async () => {
    try {
      writer = await openWriter(options);
      for (const line of waiting.splice(0)) writer(...line);
    } catch (error) {
      onFault(error);
    }
    return writer;
  };
  return {
    level,
    write: (lineLevel, message, fields) => {
      if (!isLogged(lineLevel, level)) return;
      if (writer) return writer(lineLevel, message, fields);
      if (waiting.length < WAITING_MAX) waiting.push([lineLevel, message, fields]);
      opened ??= open();
    },
    flushed: async () => {
      await opened;
    },
  };
}

/** What TMT_BROKER_LOG asks for; the configuration refuses what is no level. */
export function logLevelOf(variables: Readonly<Record<string, string | undefined>>): LogLevel {
  return LOG_LEVELS.find((name) => name === variables.TMT_BROKER_LOG) ?? "error";
}

async function openWriter(options: LogOptions): Promise<Writer> {
  const [{ openEcsLines }, file] = await Promise.all([import("./ecs-lines.ts"), options.file()]);
  let isFaulty = false;
  const append = (line: string) => {
    try {
      rotate(file);
      // One call a line, at the file's end: lines of several processes never mix.
      appendFileSync(file, redact(line, options.secrets().flatMap(asWritten)), { mode: 0o600 });
    } catch (error) {
      if (!isFaulty) options.onFault(error);
      isFaulty = true;
    }
  };
  return openEcsLines({ level: options.level, version: options.version, append });
}

/** A secret as it may stand in JSON. */
function asWritten(secret: Secret): readonly Secret[] {
  return [secret, new Secret(JSON.stringify(secret.reveal()).slice(1, -1))];
}
