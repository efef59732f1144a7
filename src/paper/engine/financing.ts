import { type Decimal, sumOf, wholeNumber, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import { newYorkWeekday } from "../../core/trading-day.ts";
import { financingDaysOf } from "../venue-profile.ts";
import { dealingAt } from "./dealing.ts";
import { midOfQuote, toMoney } from "./figures.ts";
import { addTotals, type Dealing } from "./fill.ts";
import { openBatch, reachedMs, stamp, type Work, write } from "./step.ts";
import type { PositionFinancing, TradeFinancing } from "./transactions.ts";
import type { VenueTrade } from "./types.ts";

const DAYS_OF_YEAR = wholeNumber(365);
/** Decimals of an amount before it is rounded to money. */
const WORKING_PLACES = 12;

/** Charges what holding the open trades over `rollover`, a 17:00 New York, costs or earns. */
export function chargeFinancing(work: Work, rollover: Instant): void {
  work.account = { ...work.account, financedTo: rollover };
  const weekday = newYorkWeekday(rollover);
  const groups = [...Map.groupBy(work.account.trades, (trade) => trade.instrument)];
  const positionFinancings = groups.flatMap(([name, trades]) => {
    const days = financingDaysOf(work.venue.profile, name)[weekday] ?? 0;
    return days === 0 ? [] : [positionFinancing(work, { name, trades }, days)];
  });
  if (positionFinancings.length === 0) return;
  const financing = sumOf(positionFinancings.map((part) => part.financing));
  const accountBalance = work.account.balance.plus(financing);
  write(work, {
    ...stamp(work, openBatch(work)),
    type: "DAILY_FINANCING",
    financing,
    accountBalance,
    positionFinancings,
  });
  book(work, positionFinancings, financing);
}

function positionFinancing(
  work: Work,
  { name, trades }: { name: string; trades: readonly VenueTrade[] },
  days: number,
): PositionFinancing {
  const { venue, account } = work;
  const dealing = dealingAt(venue, { account, name }, reachedMs(account));
  if (!dealing) throw new RangeError(`no price for the open position in ${name}`);
  const openTradeFinancings = trades.map((trade) => tradeFinancing(dealing, trade, days));
  return {
    instrument: name,
    financing: sumOf(openTradeFinancings.map((part) => part.financing)),
    quoteConversion: dealing.quoteConversion,
    openTradeFinancings,
  };
}

/** Position value at mid × yearly rate × days ÷ 365; a negative rate is paid. */
function tradeFinancing(dealing: Dealing, trade: VenueTrade, days: number): TradeFinancing {
  const rates = dealing.instrument.financing;
  const isShort = trade.currentUnits.isNegative();
  const financingRate: Decimal = (isShort ? rates?.shortRate : rates?.longRate) ?? ZERO;
  const value = trade.currentUnits
    .abs()
    .times(midOfQuote(dealing.quote))
    .times(dealing.quoteConversion.value);
  const yearly = value.times(financingRate).times(wholeNumber(days));
  const financing = toMoney(yearly.dividedBy(DAYS_OF_YEAR, WORKING_PLACES));
  return { tradeId: trade.id, financing, financingRate };
}

function book(work: Work, parts: readonly PositionFinancing[], financing: Decimal): void {
  const { account } = work;
  const byTrade = new Map(
    parts.flatMap((part) => part.openTradeFinancings).map((part) => [part.tradeId, part.financing]),
  );
  const trades = account.trades.map((trade) => ({
    ...trade,
    financing: trade.financing.plus(byTrade.get(trade.id) ?? ZERO),
  }));
  const totals = account.trades.reduce(
    (sums, trade) =>
      addTotals(sums, {
        instrument: trade.instrument,
        direction: trade.currentUnits.isNegative() ? "short" : "long",
        financing: byTrade.get(trade.id) ?? ZERO,
      }),
    account.totals,
  );
  work.account = {
    ...account,
    balance: account.balance.plus(financing),
    financing: account.financing.plus(financing),
    trades,
    totals,
  };
}
