import { Failure } from "../core/failures.ts";
import { inTurns } from "../core/in-turns.ts";
import type { AccountState, QuoteSnapshot } from "../ports/broker.ts";
import type { CachedInstruments, InstrumentCache } from "../ports/instrument-cache.ts";
import type { Intent, Journal } from "../ports/journal.ts";
import type { GatedBroker } from "../ports/wire-gate.ts";
import type { Desk } from "./desk.ts";
import { forwardJournal } from "./forward-journal.ts";
import { withReads } from "./gated-broker.ts";

/**
 * The desk for many orders at once, with fewer reads: who asks for prices, the account, or what is unsettled while that is
 * being read waits for the next reading, and shares it with all who came meanwhile. No reading begins before it was asked
 * for. Instruments are read once, as long as they are fresh.
 */
export function openBatchDesk(desk: Desk): Desk {
  return {
    ...desk,
    broker: sharedBroker(desk.broker),
    journal: sharedJournal(desk),
    instruments: remembered(desk.instruments),
    // This process needs no proof that it lives, and it would be asked for once for each order under way.
    isOwnerAlive: (owner) => owner === desk.actor.process || desk.isOwnerAlive(owner),
  };
}

function sharedBroker(broker: GatedBroker): GatedBroker {
  const state = inTurns<null, AccountState>(() => broker.state());
  const quotes = inTurns<readonly string[], QuoteSnapshot>((asked) =>
    broker.quotes([...new Set(asked.flat())].toSorted()),
  );
  return withReads(broker, {
    state: () => state(null),
    quotes: async (names) => {
      try {
        return await quotes(names);
      } catch (error) {
        // Somebody else's instrument is nobody's here: each asks for its own.
        if (!(error instanceof Failure && error.code === "INSTRUMENT_NOT_FOUND")) throw error;
        return broker.quotes(names);
      }
    },
  });
}

function sharedJournal({ journal, profile, account }: Desk): Journal {
  const unsettled = inTurns<null, readonly Intent[]>(() =>
    journal.unsettled(profile.name, account.id),
  );
  return { ...forwardJournal(journal), unsettled: () => unsettled(null) };
}

function remembered(cache: InstrumentCache): InstrumentCache {
  let known: Promise<CachedInstruments | null> | null = null;
  return {
    read(connection, account) {
      known ??= cache.read(connection, account);
      return known;
    },
    async write(...given) {
      await cache.write(...given);
      known = null;
    },
  };
}
