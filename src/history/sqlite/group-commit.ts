import type { Failure } from "../../core/failures.ts";
import type { LocalDatabase } from "./database.ts";
import { storageFailure } from "./storage-failure.ts";

export type GroupedWrite = {
  /** Runs inside the group's transaction. A refusal must come before anything is written. */
  readonly run: () => Failure | null;
  /** What it means for the money when it isn't stored. */
  readonly meaning: string;
};

/**
 * Commits everything submitted in one turn of the event loop together: a hundred orders at once
 * cost one flush of the disk. Each caller hears of its own write, after the commit.
 */
export class GroupCommit {
  readonly #database: LocalDatabase;
  #waiting: Waiting[] = [];

  constructor(database: LocalDatabase) {
    this.#database = database;
  }

  /** Resolves when the disk has it. @throws Failure: the write's own refusal, or the storage's. */
  submit(write: GroupedWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.flush());
      this.#waiting.push({ ...write, resolve, reject });
    });
  }

  /** Commits now what waits for the end of the turn. */
  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
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
