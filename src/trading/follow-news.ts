import { Failure } from "../core/failures.ts";
import type { AccountState } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import { type NewsDesk, type TakeOptions, takeNews } from "./read-news.ts";

export type FollowOptions = TakeOptions & {
  readonly clock: Pick<Clock, "sleep">;
  /** Told why what happened to an account can't be told now: it is tried again. */
  readonly onFailure: (failure: Failure, desk: NewsDesk) => void;
};

/** Tells what happens to accounts for as long as a process lives: a screen, or a service. */
export interface NewsFollower {
  /** An account as it was just read. Never waits; of states that come meanwhile the newest counts. */
  see(desk: NewsDesk, state: AccountState): void;
  /** Resolves when nothing is being told any more. */
  close(): Promise<void>;
}

/** What is still under way, or can't be told, is looked at again after so long. */
const AGAIN_MS = 1_000;

type Followed = { state: AccountState; seen: string; work: Promise<void> | null };

/** One at a time for each account. */
export function followNews(options: FollowOptions): NewsFollower {
  const followed = new Map<string, Followed>();
  const over = new AbortController();
  const work = async (desk: NewsDesk, one: Followed) => {
    for (;;) {
      const { state } = one;
      const isDone = await take(desk, state, options);
      if (over.signal.aborted || (isDone && one.state === state)) return;
      if (!isDone) await options.clock.sleep(AGAIN_MS, over.signal).catch(() => undefined);
    }
  };
  return {
    see(desk, state) {
      const key = JSON.stringify([desk.profile.name, desk.account.id]);
      const newest = state.account.lastTransactionId;
      const one = followed.get(key) ?? { state, seen: "", work: null };
      followed.set(key, one);
      if (over.signal.aborted || one.seen === newest) return;
      Object.assign(one, { state, seen: newest });
      one.work ??= work(desk, one).finally(() => {
        one.work = null;
      });
    },
    async close() {
      over.abort("closed");
      await Promise.all([...followed.values()].map((one) => one.work));
    },
  };
}

async function take(desk: NewsDesk, state: AccountState, options: FollowOptions): Promise<boolean> {
  try {
    return await takeNews(desk, state, options);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    options.onFailure(error, desk);
    return false;
  }
}
