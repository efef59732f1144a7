import type { OrderType, TimeInForce } from "../../src/core/order.ts";
import type { ExitType } from "../../src/core/order-request.ts";
import type { Capabilities } from "../../src/ports/broker.ts";
import type { BrokerUnderTest, VenueControls } from "./subject.ts";

/** What a case needs of the broker, or of the venue that the test has. */
export type Need = {
  /** Why a case without it is skipped, e.g. `needs stop orders`. */
  readonly why: string;
  readonly isMet: (subject: BrokerUnderTest) => boolean;
};

/** One thing that every broker promises, tried on a fresh, flat account. */
export type Case = {
  /** A sentence about behaviour, unique in its group. */
  readonly name: string;
  readonly needs: readonly Need[];
  readonly run: (subject: BrokerUnderTest) => Promise<void>;
};

export type Group = { readonly name: string; readonly cases: readonly Case[] };

/** A case for every broker. */
export function always(name: string, run: Case["run"]): Case {
  return { name, needs: [], run };
}

/** A case for brokers, and venues of a test, that have all of `needs`. */
export function given(needs: readonly Need[], name: string, run: Case["run"]): Case {
  return { name, needs, run };
}

/** Why a case can't be tried on `subject`; null when it can. */
export function reasonToSkip({ needs }: Case, subject: BrokerUnderTest): string | null {
  return needs.find((need) => !need.isMet(subject))?.why ?? null;
}

export function takes(type: OrderType): Need {
  return needOf(`${type} orders`, (capabilities) => capabilities.orderTypes.includes(type));
}

export function waits(timeInForce: TimeInForce): Need {
  return needOf(`entry orders that are ${timeInForce}`, ({ timesInForce }) =>
    timesInForce.includes(timeInForce),
  );
}

export function attaches(exit: Capabilities["attachedExits"][number]): Need {
  return needOf(`an attached ${exit}`, ({ attachedExits }) => attachedExits.includes(exit));
}

export function exitOrder(type: Exclude<ExitType, "guaranteed_stop_loss">): Need {
  return needOf(`the exits of a trade, ${type} among them`, (capabilities) => {
    return capabilities.orderChanges && capabilities.attachedExits.includes(type);
  });
}

type Flag = {
  [Key in keyof Capabilities]: Capabilities[Key] extends boolean ? Key : never;
}[keyof Capabilities];

export function can(flag: Flag): Need {
  return needOf(flag, (capabilities) => capabilities[flag]);
}

export const NETTING = needOf("an account without hedging", ({ hedging }) => !hedging);

/** Prices and time that the test moves: a broker of the world outside has none. */
export const MOVES: Need = {
  why: "needs a venue whose prices and time the test can move",
  isMet: ({ venue }) => venue !== null,
};

export const LIMITED: Need = {
  why: "needs a size that is more than what is on offer",
  isMet: ({ unfillableUnits }) => unfillableUnits !== null,
};

export const GUARANTEED: Need = {
  why: "needs an account with guaranteed stops",
  isMet: ({ hasGuaranteedStops }) => hasGuaranteedStops,
};

export const SECOND_INSTRUMENT: Need = {
  why: "needs a second instrument",
  isMet: ({ otherInstrument }) => otherInstrument !== null,
};

/** A fault between the adapter and its venue. */
export function fault(name: keyof VenueControls["faults"]): Need {
  return {
    why: `needs a venue that can be told to ${FAULT_WORDS[name]}`,
    isMet: ({ venue }) => venue?.faults[name] !== undefined,
  };
}

const FAULT_WORDS = {
  loseAnswer: "lose an answer",
  loseRequest: "lose a request",
  dropStreams: "drop its streams",
  silenceStreams: "fall silent",
} as const satisfies Record<keyof VenueControls["faults"], string>;

function needOf(what: string, isMet: (capabilities: Capabilities) => boolean): Need {
  return { why: `needs ${what}`, isMet: ({ connection }) => isMet(connection.capabilities) };
}
