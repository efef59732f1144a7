/** A few places, and a queue for them: first come, first served, but those in a hurry before the others. */
export interface Places {
  /** Takes a place if one is free and nobody waits. */
  take(): boolean;
  /** Resolves with a place. @throws the signal's reason when it is aborted first. */
  wait(options: { readonly isUrgent: boolean; readonly signal: AbortSignal }): Promise<void>;
  leave(): void;
  readonly waiting: number;
}

type Waiter = { readonly isUrgent: boolean; readonly admit: () => void };

export function openPlaces(count: number): Places {
  let free = count;
  const waiters: Waiter[] = [];
  return {
    take() {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    wait({ isUrgent, signal }) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => {
        waiters.splice(waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter = {
        isUrgent,
        admit() {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const behind = isUrgent ? waiters.findIndex((other) => !other.isUrgent) : -1;
      waiters.splice(behind < 0 ? waiters.length : behind, 0, waiter);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      return promise;
    },
    leave() {
      const next = waiters.shift();
      if (next) next.admit();
      else free += 1;
    },
    get waiting() {
      return waiters.length;
    },
  };
}
