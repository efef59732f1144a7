import { Failure } from "../../core/failures.ts";
import { formatPrice } from "../../core/instrument.ts";
import { findTarget } from "../../trading/close-position.ts";
import { type PositionRow, positionsText } from "../../ui/output/lists.ts";
import { grouped, money, signedMoney, timeText } from "../../ui/output/numbers.ts";
import { table } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { positionDocument, positionRows } from "./view.ts";

export const show: CommandMaker = (context) =>
  examples(
    command("show", "One position with its trades and their exits")
      .argument("<instrument|trade>", "instrument or trade id")
      .action((text: string) => run(context, text)),
    ["positions show EUR_USD"],
  );

async function run(context: Context, text: string): Promise<void> {
  const desk = await context.desk();
  await settleFirst(context, desk);
  const { position } = await findTarget(desk, text);
  const row = (await positionRows(desk)).find(
    (candidate) =>
      candidate.position.instrument === position.instrument &&
      candidate.position.direction === position.direction,
  );
  if (!row) {
    throw new Failure("POSITION_NOT_FOUND", `The ${position.instrument} position was just closed.`);
  }
  const where = { environment: desk.profile.environment, name: desk.profile.name };
  context.print(
    () => `${positionsText(where, [row], context.theme)}\n\n${detailText(row)}`,
    positionDocument(desk, row),
  );
}

function detailText({ position, instrument, currency }: PositionRow): string {
  const level = (price: Parameters<typeof formatPrice>[0] | null) =>
    price ? formatPrice(price, instrument) : "-";
  const trades = table(
    [
      { head: "Trade" },
      { head: "Units", align: "right" },
      { head: "Entry", align: "right" },
      { head: "Opened" },
      { head: "P&L", align: "right" },
      { head: "Stop", align: "right" },
      { head: "Target", align: "right" },
      { head: "Trailing", align: "right" },
      { head: "Client id" },
    ],
    position.trades.map((trade) => [
      trade.id,
      grouped(trade.units),
      level(trade.openPrice),
      timeText(trade.openedAt),
      signedMoney(trade.unrealizedPl, currency),
      level(trade.stopLoss),
      level(trade.takeProfit),
      trade.trailingStop ? `${level(trade.trailingStop.price)}` : "-",
      trade.clientOrderId ?? "-",
    ]),
  );
  const sums = `Margin ${money(position.marginUsed, currency)}, financing ${signedMoney(position.financing, currency)}, realised ${signedMoney(position.realizedPl, currency)}`;
  return `${trades}\n${sums}`;
}
