import type { Failure } from "../../core/failures.ts";
import type { LocalDatabase } from "./database.ts";
import { storageFailure } from "./storage-failure.ts";

export type GroupedWrite = {
  /** Runs inside the group's transaction. A refusal must come before anything is written. */
  readonly run: () => Failure | null;
  /** What it means for the money when it isn't stored. */
  readonly meaning: string;
  /** Others like it follow in a moment: it waits for them a little, so that they share its flush. */
  readonly canWait?: boolean;
};

const WAIT_MS = 5;

/**
 * Commits everything submitted in one turn of the event loop together: a hundred orders at once
 * cost one flush of the disk, and their outcomes a few. Each caller hears of its own write, after the commit.
 */
export class GroupCommit {
  readonly #database: LocalDatabase;
  #waiting: Waiting[] = [];
  #isDue: boolean = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(database: LocalDatabase) {
    this.#database = database;
  }

  /** Resolves when the disk has it. @throws Failure: the write's own refusal, or the storage's. */
  submit(write: GroupedWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...write, resolve, reject });
      if (this.#isDue) return;
      if (write.canWait) {
        this.#timer ??= setTimeout(() => this.flush(), WAIT_MS);
        return;
      }
      this.#isDue = true;
      setImmediate(() => this.flush());
    });
  }

  /** Commits now what waits for the end of the turn. */
  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    this.#isDue = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (group.length === 0) return;
    const refusals = this.#commit(group);
    group.forEach((write, index) => {
      const refusal = refusals?.[index];
      if (refusal) write.reject(refusal);
      else if (refusals) write.resolve();
    });
  }

  #commit(group: readonly Waiting[]): readonly (Failure | null)[] | null {
    if (this.#database.replacedFailure("")) {
      return group.map(({ meaning }) => this.#database.replacedFailure(meaning));
    }
    try {
      return this.#database.transact(() => group.map((write) => write.run()));
    } catch (error) {
      const { path } = this.#database;
      for (const { meaning, reject } of group) reject(storageFailure(error, { path, meaning }));
      return null;
    }
  }
}

type Waiting = GroupedWrite & {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
};
