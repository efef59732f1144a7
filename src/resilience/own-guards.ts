import { type Circuit, CLOSED } from "../core/circuit.ts";
import { Failure } from "../core/failures.ts";
import type { Slots } from "../core/rate-limit.ts";
import type { CircuitStore } from "../ports/circuit.ts";
import type { RateStore } from "../ports/rate-limit.ts";
import type { StreamPlaces } from "../ports/stream-places.ts";

/** Circuits of one process only. */
export function openOwnCircuits(): CircuitStore {
  const circuits = new Map<string, Circuit>();
  const read = (connection: string) => circuits.get(connection) ?? CLOSED;
  return {
    read: async (connection) => read(connection),
    async update(connection, change) {
      const circuit = change(read(connection)) ?? read(connection);
      circuits.set(connection, circuit);
      return circuit;
    },
    async reset(connection) {
      const names = [...circuits.keys()].filter((name) => (connection ?? name) === name);
      for (const name of names) circuits.delete(name);
      return names;
    },
  };
}

/** Slots of one process only. */
export function openOwnRates(): RateStore {
  const rates = new Map<string, Slots>();
  const read = (name: string) => rates.get(name) ?? [];
  return {
    read: async (name) => read(name),
    async update(name, change) {
      rates.set(name, change(read(name)) ?? read(name));
    },
  };
}

/** Places of streams, of one process only: nobody else's are known. */
export function openOwnPlaces(): StreamPlaces {
  const taken = new Map<string, string>();
  let keys = 0;
  return {
    async take(host, { most }) {
      const count = [...taken.values()].filter((other) => other === host).length;
      if (count >= most) return null;
      keys += 1;
      const key = `own ${keys}`;
      taken.set(key, host);
      return key;
    },
    async leave(key) {
      taken.delete(key);
    },
  };
}

export type SharedGuards = {
  readonly circuits: CircuitStore;
  readonly rates: RateStore;
  readonly streamPlaces: StreamPlaces;
};

/**
 * The shared guards, and this process's own in their place whenever the database fails: a full disk must not keep
 * anybody from seeing what is open. It is said once.
 */
export function steadyGuards(shared: SharedGuards, note: (text: string) => void): SharedGuards {
  const own = { circuits: openOwnCircuits(), rates: openOwnRates(), places: openOwnPlaces() };
  let isSaid = false;
  const orOwn = async <T>(ask: () => Promise<T>, askOwn: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure && error.code.startsWith("STORAGE_"))) throw error;
      if (!isSaid) note(inWords(error));
      isSaid = true;
      return askOwn();
    }
  };
  const { circuits, rates, streamPlaces: places } = shared;
  return {
    circuits: {
      read: (name) =>
        orOwn(
          () => circuits.read(name),
          () => own.circuits.read(name),
        ),
      update: (name, change) =>
        orOwn(
          () => circuits.update(name, change),
          () => own.circuits.update(name, change),
        ),
      reset: (name) => circuits.reset(name),
    },
    rates: {
      read: (name) =>
        orOwn(
          () => rates.read(name),
          () => own.rates.read(name),
        ),
      update: (name, change) =>
        orOwn(
          () => rates.update(name, change),
          () => own.rates.update(name, change),
        ),
    },
    streamPlaces: {
      take: (host, claim) =>
        orOwn(
          () => places.take(host, claim),
          () => own.places.take(host, claim),
        ),
      async leave(key) {
        await own.places.leave(key);
        // Whoever looks for a place finds out that this process is gone.
        await places.leave(key).catch(() => undefined);
      },
    },
  };
}

function inWords({ code }: Failure): string {
  return (
    `What your processes know of each other's requests can't be kept (${code}): this one goes by what it ` +
    "has seen itself."
  );
}
