import { formatPrice } from "../../core/instrument.ts";
import { targetIn } from "../../trading/close-position.ts";
import { type PositionRow, positionsText } from "../../ui/output/lists.ts";
import { grouped, money, signedMoney, timeText } from "../../ui/output/numbers.ts";
import { table } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { nameOf, noteStale, themeOf } from "../stale-note.ts";
import { positionDocument, positionsView } from "./view.ts";

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
  const { rows, stale } = await positionsView(desk, (await context.store()).lastAnswers);
  const positions = rows.map(({ position }) => position);
  const { position } = targetIn(positions, text);
  const row = rows.find((candidate) => candidate.position === position);
  if (!row) throw new Error("a target is one of the positions it was looked for in");
  noteStale(context, desk, stale);
  const theme = themeOf(context.theme, stale);
  const where = {
    environment: desk.profile.environment,
    name: nameOf(desk.profile.name, stale),
  };
  context.print(
    () => `${positionsText(where, [row], theme)}\n\n${detailText(row)}`,
    positionDocument(desk, row, stale),
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
