import { Failure } from "../../src/core/failures.ts";
import { addMs } from "../../src/core/time.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { Halt, HaltSwitch } from "../../src/ports/control.ts";
import type { DayBook } from "../../src/ports/day-book.ts";
import type { Journal } from "../../src/ports/journal.ts";
import type { Desk } from "../../src/trading/desk.ts";
import type { Promised } from "./violation.ts";

/** The parts of a desk that a promise rests on. */
export type DeskParts = Pick<Desk, "broker" | "journal" | "halts" | "dayBook">;

/** Makes parts that break one promise, of parts that keep it. Called for every order of a process. */
export type Defect = (parts: DeskParts) => DeskParts;

export type KnownDefect = {
  readonly name: string;
  readonly breaks: Promised;
  readonly make: () => Defect;
};

/** One way or more to break each promise: a simulation that doesn't find them finds nothing. */
export const DEFECTS: readonly KnownDefect[] = [
  { name: "sends again when no answer came", breaks: "P1", make: () => resending },
  { name: "journals only after sending", breaks: "P2", make: () => journalingLate },
  { name: "calls a lost order rejected", breaks: "told", make: () => givingUp },
  { name: "forgets orders without an outcome", breaks: "P2", make: () => forgettingTheFence },
  { name: "sends twice on one verdict", breaks: "P4", make: () => reusingVerdicts },
  { name: "decides on an old state of the account", breaks: "P4", make: rememberingState },
  { name: "sends other than what was cleared", breaks: "P4", make: () => changingOrders },
  { name: "ignores the orders of the last minute", breaks: "P5", make: () => ignoringPace },
  { name: "counts each process's orders alone", breaks: "P5", make: countingAlone },
  { name: "keeps a halt in memory only", breaks: "P6", make: haltingInMemory },
  { name: "looks at halts in the review only", breaks: "P6", make: () => lookingOnce },
  { name: "measures the day's loss by its own clock", breaks: "P6", make: () => forgiving },
];

/** What the wire gate keeps from the wire whatever the code above it does. */
export const KEPT_BACK = DEFECTS.filter(({ name }) =>
  [
    "sends again when no answer came",
    "journals only after sending",
    "sends twice on one verdict",
    "sends other than what was cleared",
    "ignores the orders of the last minute",
    "counts each process's orders alone",
    "looks at halts in the review only",
  ].includes(name),
);

const resending: Defect = (parts) => {
  const { broker } = parts;
  const place: Broker["place"] = async (order, options) => {
    try {
      return await broker.place(order, options);
    } catch (error) {
      if (!(error instanceof Failure) || !error.sent) throw error;
      return broker.place(order, options);
    }
  };
  return { ...parts, broker: withMethods(broker, { place }) };
};

const journalingLate: Defect = (parts) => {
  const { journal } = parts;
  let late: Parameters<Journal["open"]> | null = null;
  const open: Journal["open"] = async (...given) => {
    late = given;
  };
  const settle: Journal["settle"] = async (...given) => {
    if (late) await journal.open(...late);
    late = null;
    return journal.settle(...given);
  };
  return { ...parts, journal: withMethods(journal, { open, settle }) };
};

const givingUp: Defect = (parts) => {
  const { broker } = parts;
  const place: Broker["place"] = async (order, options) => {
    try {
      return await broker.place(order, options);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(error.code, error.message, { sent: false });
    }
  };
  return { ...parts, broker: withMethods(broker, { place }) };
};

const forgettingTheFence: Defect = (parts) => {
  const { journal } = parts;
  const open: Journal["open"] = (intent, audit, look) =>
    look
      ? journal.open(intent, audit, { ...look, isOwnerAlive: null })
      : journal.open(intent, audit);
  const unsettled: Journal["unsettled"] = async () => [];
  return { ...parts, journal: withMethods(journal, { open, unsettled }) };
};

const reusingVerdicts: Defect = (parts) => {
  const { broker } = parts;
  const place: Broker["place"] = async (order, options) => {
    const outcome = await broker.place(order, options);
    await broker.place({ ...order, clientOrderId: `${order.clientOrderId}-again` }, options);
    return outcome;
  };
  return { ...parts, broker: withMethods(broker, { place }) };
};

function rememberingState(): Defect {
  const known = new WeakMap<Journal, ReturnType<Broker["state"]>>();
  return (parts) => {
    const { broker, journal } = parts;
    const state: Broker["state"] = () => {
      const first = known.get(journal) ?? broker.state();
      known.set(journal, first);
      return first;
    };
    return { ...parts, broker: withMethods(broker, { state }) };
  };
}

const changingOrders: Defect = (parts) => {
  const { broker } = parts;
  const place: Broker["place"] = (order, options) =>
    broker.place("reduceOnly" in order ? { ...order, reduceOnly: false } : order, options);
  return { ...parts, broker: withMethods(broker, { place }) };
};

const ignoringPace: Defect = (parts) => {
  const { journal } = parts;
  const open: Journal["open"] = (intent, audit, look) =>
    look
      ? journal.open(intent, audit, { ...look, maxOrdersPerMinute: null })
      : journal.open(intent, audit);
  return { ...parts, journal: withMethods(journal, { open, countIn: async () => 0 }) };
};

function countingAlone(): Defect {
  const opened = new WeakMap<Journal, number[]>();
  return (parts) => {
    const { journal } = parts;
    const own = opened.get(journal) ?? [];
    opened.set(journal, own);
    const open: Journal["open"] = (intent, audit, look) => {
      own.push(intent.createdMonotonicMs);
      return look
        ? journal.open(intent, audit, { ...look, maxOrdersPerMinute: null })
        : journal.open(intent, audit);
    };
    const countIn: Journal["countIn"] = async (_connection, { nowMs, withinMs }) =>
      own.filter((atMs) => atMs > nowMs - withinMs).length;
    return { ...parts, journal: withMethods(journal, { open, countIn }) };
  };
}

function haltingInMemory(): Defect {
  const memory = new WeakMap<HaltSwitch, { halt: Halt | null }>();
  return (parts) => {
    const own = memory.get(parts.halts) ?? { halt: null };
    memory.set(parts.halts, own);
    const halts: HaltSwitch = {
      haltOf: async () => own.halt,
      halt: async (_connection, halt) => {
        own.halt ??= halt;
      },
      resume: async () => {
        const wasHalted = own.halt !== null;
        own.halt = null;
        return wasHalted;
      },
    };
    return { ...parts, halts };
  };
}

/** A halt that comes while a person is asked, or while the process stands still, is overlooked. */
const lookingOnce: Defect = (parts) => {
  const { journal, halts } = parts;
  let known: Promise<Halt | null> | null = null;
  const open: Journal["open"] = (intent, audit, look) =>
    look ? journal.open(intent, audit, { ...look, wasHalted: true }) : journal.open(intent, audit);
  const haltOf: HaltSwitch["haltOf"] = (connection) => {
    known ??= halts.haltOf(connection);
    return known;
  };
  return {
    ...parts,
    journal: withMethods(journal, { open }),
    halts: withMethods(halts, { haltOf }),
  };
};

const forgiving: Defect = (parts) => {
  const { dayBook } = parts;
  const equityAtDayStart: DayBook["equityAtDayStart"] = (account, dayEnd, equity) =>
    dayBook.equityAtDayStart(account, addMs(dayEnd, 86_400_000), equity);
  return { ...parts, dayBook: withMethods(dayBook, { equityAtDayStart }) };
};

/** `target` with some of its methods replaced. */
function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (_target, name) => {
      if (name in methods) return Reflect.get(methods, name);
      const member = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
