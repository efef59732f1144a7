import { Failure } from "../../core/failures.ts";
import type { Instant } from "../../core/time.ts";
import { tradingDayStart } from "../../core/trading-day.ts";
import type { Broker, DayOpening } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";

/** How long after an answer that lacked a price of today it is asked for again. */
const AGAIN_MS = 60_000;

/** What the trading day began with: asked for once a day, and again while the broker doesn't tell it yet. */
export class DayOpenings {
  private readonly clock: Clock;
  private readonly known = new Map<string, DayOpening>();
  private readonly askedAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The openings of `instruments` that are known, asked of the broker where that is due. */
  async read(
    broker: Pick<Broker, "dayOpenings">,
    instruments: readonly string[],
  ): Promise<ReadonlyMap<string, DayOpening>> {
    const dayStart = tradingDayStart(this.clock.now());
    const due = instruments.filter((name) => this.isDue(name, dayStart));
    if (due.length > 0 && broker.dayOpenings) {
      const nowMs = this.clock.monotonicMs();
      for (const name of due) this.askedAtMs.set(name, nowMs);
      for (const [name, opening] of await answered(broker.dayOpenings(due))) {
        this.known.set(name, opening);
      }
    }
    return this.known;
  }

  private isDue(name: string, dayStart: Instant): boolean {
    const opening = this.known.get(name);
    if (opening && opening.since >= dayStart) return false;
    const askedAtMs = this.askedAtMs.get(name);
    return askedAtMs === undefined || this.clock.monotonicMs() - askedAtMs >= AGAIN_MS;
  }
}

/** Nothing where the broker can't be asked: the screen says that elsewhere. */
async function answered(
  asked: Promise<ReadonlyMap<string, DayOpening>>,
): Promise<ReadonlyMap<string, DayOpening>> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Failure) return new Map();
    throw error;
  }
}
