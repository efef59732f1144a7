import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Instant, msBetween, parseInstant } from "../core/time.ts";

/** One trouble is told of again after so long, as long as it lasts. */
export const REPEAT_AFTER_MS = 30 * 60_000;
/** Most alerts an hour, of all kinds and all processes. */
export const ALERTS_PER_HOUR = 20;

export type Claim = {
  /** How often the same trouble was met, and not told of, since it was last told of. */
  readonly suppressed: number;
  /** Gives it back: nobody could be told. */
  release(): void;
};

/**
 * Which troubles were told of, over all processes: a small file for each, because the database may be what is in
 * trouble. The file's name is the claim to tell: only one process can make it.
 */
export class AlertClaims {
  readonly #folder: string;
  readonly #perHour: number;

  constructor(folder: string, perHour: number = ALERTS_PER_HOUR) {
    this.#folder = folder;
    this.#perHour = perHour;
  }

  /** null when it was told of lately, or too much was. Where nothing can be written it is told of each time. */
  claim(key: string, now: Instant): Claim | null {
    this.#makeFolder();
    try {
      return this.#claim(this.#file(key), now);
    } catch {
      return { suppressed: 0, release: () => undefined };
    }
  }

  /** Whether one more may be told this hour, which then counts; where nothing can be written it may. */
  takeSlot(now: Instant): boolean {
    this.#makeFolder();
    try {
      return this.#takeSlot(now);
    } catch {
      return true;
    }
  }

  /** Whether `key` was told of, and not forgotten. */
  isTold(key: string): boolean {
    return existsSync(this.#file(key));
  }

  /** The trouble is over, and everybody knows. */
  forget(key: string): void {
    this.#takeAway(this.#file(key));
  }

  #makeFolder(): void {
    try {
      mkdirSync(this.#folder, { recursive: false, mode: 0o700 });
    } catch {
      // It is there already; or nothing can be made, and then what comes next can't either.
    }
  }

  #claim(file: string, now: Instant): Claim | null {
    const before = readText(file);
    if (before !== null && isRecent(before, now)) {
      appendFileSync(file, SUPPRESSED);
      return null;
    }
    // Of several processes at once one takes the old file away, and one makes the new one.
    const taken = before === null ? "" : this.#takeAway(file);
    if (taken === null || !create(file, `${now}\n`)) return null;
    if (!this.#takeSlot(now)) {
      rmSync(file, { force: true });
      return null;
    }
    const suppressed = taken.split("\n")[1]?.length ?? 0;
    return { suppressed, release: () => rmSync(file, { force: true }) };
  }

  /** One of the hour's alerts; false when there is none left. */
  #takeSlot(now: Instant): boolean {
    const hour = `hour-${now.slice(0, 13)}`;
    for (let slot = 1; slot <= this.#perHour; slot += 1) {
      if (!create(join(this.#folder, `${hour}-${slot}`), "")) continue;
      if (slot === 1) this.#forgetHoursBefore(hour);
      return true;
    }
    return false;
  }

  #forgetHoursBefore(hour: string): void {
    for (const name of readdirSync(this.#folder)) {
      const isOlder = name.startsWith("hour-") && name < hour;
      if (isOlder) rmSync(join(this.#folder, name), { force: true });
    }
  }

  /** The text of the file that this process took away; null when another one did, or there is none. */
  #takeAway(file: string): string | null {
    const aside = `${file}.${process.pid}.old`;
    try {
      renameSync(file, aside);
    } catch {
      return null;
    }
    const text = readText(aside) ?? "";
    rmSync(aside, { force: true });
    return text;
  }

  #file(key: string): string {
    return join(this.#folder, createHash("sha256").update(key).digest("hex").slice(0, 32));
  }
}

const SUPPRESSED = ".";

/** When it was told of stands in the first line; a dot for each time it wasn't, in the second. */
function isRecent(text: string, now: Instant): boolean {
  const at = parseInstant(text.split("\n")[0] ?? "");
  if (at === undefined) return false;
  const ageMs = msBetween(at, now);
  return ageMs >= 0 && ageMs < REPEAT_AFTER_MS;
}

/** Whether this process made it. */
function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
