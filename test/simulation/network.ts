import { Failure } from "../../src/core/failures.ts";
import type { OrderOutcome } from "../../src/core/order.ts";
import type { ClearedOrder } from "../../src/core/order-request.ts";
import type { Broker, PlaceOptions } from "../../src/ports/broker.ts";
import type { Computer } from "./computer.ts";
import type { FenceServer } from "./fence-server.ts";
import type { SimulatedProcess } from "./process.ts";
import { MOST_LAG_MS, type SimulatedVenue } from "./venue.ts";
import type { Submission, Witness } from "./witness.ts";
import type { World } from "./world.ts";

/** How long a process waits for an answer, and the longest that a request may be under way. */
const TIMEOUT_MS = 15_000;
/** Shorter than the grace that the desks allow, which is a promise about the network. */
const LATEST_ARRIVAL_MS = 24_000;

/** How long an order may wait for its turn before it leaves: longer than it may be under way. */
const LONGEST_QUEUE_MS = 9_000;

/** What the network does to an order. Executed or not, the process sees no difference in the last four. */
const ORDER_TROUBLES = {
  unsent: 1,
  "held up": 3,
  "rate-limited": 1,
  "lost on the way": 2,
  "answer lost": 3,
  "much too late": 2,
  reset: 3,
  "server error": 3,
} as const;
type OrderTrouble = keyof typeof ORDER_TROUBLES;

const READ_TROUBLES = { "no connection": 2, "rate-limited": 1, "no answer": 1 } as const;

export type Surroundings = {
  readonly world: World;
  readonly venue: SimulatedVenue;
  readonly witness: Witness;
  readonly computer: Computer;
  /** Where the computers meet; null where there is one. */
  readonly server: FenceServer | null;
};

/** The venue as one process sees it through the network, for one order. */
export class NetworkedBroker implements Broker {
  readonly accountId: string;
  readonly #process: SimulatedProcess;
  readonly #submission: Submission;
  readonly #world: World;
  readonly #venue: SimulatedVenue;
  readonly #witness: Witness;
  readonly #server: FenceServer | null;

  constructor(
    process: SimulatedProcess,
    submission: Submission,
    { world, venue, witness, server }: Surroundings,
  ) {
    this.accountId = venue.now().accountId;
    this.#process = process;
    this.#submission = submission;
    this.#world = world;
    this.#venue = venue;
    this.#witness = witness;
    this.#server = server;
  }

  instruments() {
    return this.#read("instruments", (broker) => broker.instruments());
  }

  quotes(names: readonly string[]) {
    return this.#read("quotes", async (broker) => {
      const snapshot = await broker.quotes(names);
      this.#submission.quotes = snapshot.quotes;
      return snapshot;
    });
  }

  state() {
    return this.#read("state", async (broker) => {
      const state = await broker.state();
      this.#submission.view = { state, atMs: this.#world.nowMs };
      return state;
    });
  }

  stateSince() {
    return this.state();
  }

  orders(filter: Parameters<Broker["orders"]>[0]) {
    return this.#read("orders", (broker) => broker.orders(filter));
  }

  order(id: string) {
    return this.#read("order", (broker) => broker.order(id));
  }

  outcomeOf(...[request, since]: Parameters<Broker["outcomeOf"]>) {
    return this.#read(`outcomeOf ${request.clientOrderId}`, (broker) =>
      broker.outcomeOf(request, since),
    );
  }

  transactionsSince(id: string) {
    return this.#read("transactionsSince", (broker) => broker.transactionsSince(id));
  }

  transactionPages(span: Parameters<Broker["transactionPages"]>[0]) {
    return this.#venue.now().transactionPages(span);
  }

  streamQuotes(...given: Parameters<Broker["streamQuotes"]>) {
    return this.#venue.now().streamQuotes(...given);
  }

  streamTransactions(...given: Parameters<Broker["streamTransactions"]>) {
    return this.#venue.now().streamTransactions(...given);
  }

  /** Without a gate no order is held up: nothing would keep it back when it is too late. */
  place(order: ClearedOrder, options: PlaceOptions): Promise<OrderOutcome> {
    const { random, plan } = this.#world;
    const isTroubled = this.#world.strikes("network", plan.networkTrouble);
    const trouble = isTroubled ? random.weighted(ORDER_TROUBLES) : null;
    if (trouble !== "held up" || !options.beforeLeaving)
      return this.#leave(order, options, trouble);
    const { promise, resolve } = Promise.withResolvers<OrderOutcome>();
    const queueMs = random.between(0, LONGEST_QUEUE_MS);
    this.#process.later(queueMs, `place: has its turn after ${queueMs} ms`, () =>
      resolve(this.#leave(order, options, null)),
    );
    return promise;
  }

  /** What has left arrives whether or not the process lives on. */
  async #leave(
    order: ClearedOrder,
    { signal, beforeLeaving }: PlaceOptions,
    trouble: OrderTrouble | null,
  ): Promise<OrderOutcome> {
    if (signal.aborted) throw interrupted(false);
    const { promise, resolve, reject } = Promise.withResolvers<OrderOutcome>();
    const after = (delayMs: number, what: string, work: () => void) =>
      this.#process.later(delayMs, what, work);
    const wayMs = this.#wayMs();
    if (trouble === "unsent") {
      after(wayMs, "place: no connection", () => reject(noConnection()));
      return promise;
    }
    beforeLeaving?.();
    const { clientOrderId } = order;
    this.#world.note(this.#process.name, `SENDS ${clientOrderId} ${trouble ?? ""}`);
    this.#witness.sent(order, this.#submission, this.#process.identity);
    this.#mayLoseServer(trouble);
    if (trouble === "rate-limited") {
      after(2 * wayMs, "place: 429", () => reject(rateLimited()));
      return promise;
    }
    signal.addEventListener("abort", () => reject(interrupted(true)), { once: true });
    const arrivalMs = this.#arrivalMs(trouble, wayMs);
    const answers = this.#answers(trouble);
    if (!answers)
      after(this.#giveUpMs(trouble, wayMs), `place: ${trouble}`, () => reject(lost(trouble)));
    if (arrivalMs === null) return promise;
    this.#world.after(arrivalMs, async () => {
      const [outcome] = await Promise.allSettled([
        this.#venue.now().place(order, { signal: NEVER }),
      ]);
      const text = outcome.status === "fulfilled" ? outcome.value.status : "fails";
      this.#world.note("venue", `takes ${clientOrderId}: ${text}`);
      this.#witness.arrived(clientOrderId, outcome);
      if (!answers) return;
      after(this.#wayMs(), `place answers ${clientOrderId} ${text}`, () => {
        if (outcome.status === "fulfilled") resolve(outcome.value);
        else reject(outcome.reason);
      });
    });
    return promise;
  }

  /** A network that breaks may do so for the broker and the server at once. */
  #mayLoseServer(trouble: OrderTrouble | null): void {
    if (!this.#server || trouble === null) return;
    if (this.#world.strikes("sessions", 0.6)) this.#server.lose(this.#process.identity);
  }

  #answers(trouble: OrderTrouble | null): boolean {
    return trouble === null || trouble === "held up";
  }

  /** When the order reaches the venue; null for never. */
  #arrivalMs(trouble: OrderTrouble | null, wayMs: number): number | null {
    const { random } = this.#world;
    if (this.#answers(trouble) || trouble === "answer lost") return wayMs;
    if (trouble === "lost on the way") return null;
    if (trouble === "much too late") return random.between(TIMEOUT_MS, LATEST_ARRIVAL_MS);
    return random.chance(0.5) ? random.pick(wayMs, random.between(0, LATEST_ARRIVAL_MS)) : null;
  }

  #giveUpMs(trouble: OrderTrouble | null, wayMs: number): number {
    return trouble === "reset" || trouble === "server error" ? 2 * wayMs : TIMEOUT_MS;
  }

  #read<T>(what: string, ask: (broker: Broker) => Promise<T>): Promise<T> {
    const { random, plan } = this.#world;
    const isTroubled = this.#world.strikes("network", plan.networkTrouble / 2);
    const trouble = isTroubled ? random.weighted(READ_TROUBLES) : null;
    const wayMs = this.#wayMs();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (trouble) {
      const delayMs = trouble === "no answer" ? TIMEOUT_MS : 2 * wayMs;
      const failure = trouble === "rate-limited" ? rateLimited() : noConnection();
      this.#process.later(delayMs, `${what}: ${trouble}`, () => reject(failure));
      return promise;
    }
    const isBehind = this.#world.strikes("lag", 0.1);
    const lagMs = isBehind ? random.between(0, MOST_LAG_MS) : 0;
    this.#world.after(wayMs, async () => {
      const [answer] = await Promise.allSettled([ask(this.#venue.behind(lagMs))]);
      this.#process.later(this.#wayMs(), `${what} answers`, () => {
        if (answer.status === "fulfilled") resolve(answer.value);
        else reject(answer.reason);
      });
    });
    return promise;
  }

  #wayMs(): number {
    const { random } = this.#world;
    return random.chance(0.97) ? random.between(2, 60) : random.between(60, 4_000);
  }
}

const NEVER = new AbortController().signal;

function noConnection(): Failure {
  return new Failure("BROKER_UNAVAILABLE", "There is no connection. Nothing was sent.", {
    retryable: true,
  });
}

function rateLimited(): Failure {
  return new Failure("RATE_LIMITED", "Too many requests. Nothing was carried out.", {
    retryable: true,
  });
}

function lost(trouble: OrderTrouble | null): Failure {
  const code = trouble === "reset" || trouble === "server error" ? "BROKER_UNAVAILABLE" : "TIMEOUT";
  return new Failure(code, `The answer was lost (${trouble}).`, { sent: true });
}

function interrupted(sent: boolean): Failure {
  return new Failure("TIMEOUT", "The order was interrupted.", { sent });
}
