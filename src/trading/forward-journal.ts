import type { Journal } from "../ports/journal.ts";

/** Every call passed on to `journal`: what wraps a journal changes some of them. */
export function forwardJournal(journal: Journal): Journal {
  return {
    open: (...given) => journal.open(...given),
    settle: (...given) => journal.settle(...given),
    markUnknown: (...given) => journal.markUnknown(...given),
    record: (...given) => journal.record(...given),
    find: (...given) => journal.find(...given),
    signal: (...given) => journal.signal(...given),
    signalsAfter: (...given) => journal.signalsAfter(...given),
    unsettled: (...given) => journal.unsettled(...given),
    recent: (...given) => journal.recent(...given),
    countIn: (...given) => journal.countIn(...given),
  };
}
