import { usageFailure } from "../../core/failures.ts";
import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import { ONE } from "../../core/money.ts";
import { spreadOf } from "../../core/quote.ts";
import { instrumentsOf } from "../../trading/desk.ts";
import { type InstrumentRow, instrumentsText } from "../../ui/output/lists.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

const TYPES: readonly Instrument["type"][] = ["forex", "metal", "cfd", "stock"];

export const instruments: CommandMaker = (context) =>
  examples(
    command("instruments", "What can be traded, with prices, spread and margin")
      .argument("[text]", "only names that contain this")
      .option("--type <type>", `one of ${TYPES.join(", ")}`)
      .action((text: string | undefined, options: { readonly type?: string }) =>
        run(context, text ?? "", options.type),
      ),
    ["accounts instruments", "accounts instruments JPY --json"],
  );

async function run(context: Context, text: string, type: string | undefined): Promise<void> {
  const wantedType = type === undefined ? null : choiceOption("--type", type, TYPES);
  if (text.length > 40) throw usageFailure("The text to look for is too long.");
  const desk = await context.desk();
  const wanted = text.toUpperCase().replaceAll(/[/-]/g, "_");
  const found = (await instrumentsOf(desk)).filter(
    (instrument) =>
      (wantedType === null || instrument.type === wantedType) &&
      (instrument.name.includes(wanted) ||
        instrument.displayName.toUpperCase().includes(text.toUpperCase())),
  );
  const names = found.map((instrument) => instrument.name);
  const quotes = names.length > 0 ? (await desk.broker.quotes(names)).quotes : [];
  const rows = found.map((instrument) => {
    const quote = quotes.find((candidate) => candidate.instrument === instrument.name) ?? null;
    return { instrument, quote, spreadPips: quote && toPips(spreadOf(quote), instrument) };
  });
  context.print(() => instrumentsText(rows), rows.map(rowDocument));
}

function rowDocument({ instrument, quote, spreadPips }: InstrumentRow) {
  return {
    instrument: instrument.name,
    displayName: instrument.displayName,
    type: instrument.type,
    bid: quote && formatPrice(quote.bid, instrument),
    ask: quote && formatPrice(quote.ask, instrument),
    spreadPips,
    tradeable: quote?.tradeable ?? false,
    marginRate: instrument.marginRate,
    maxLeverage: ONE.dividedBy(instrument.marginRate, 2, "toward_zero"),
    pipSize: instrument.pipSize,
    pricePrecision: instrument.pricePrecision,
    unitsPrecision: instrument.unitsPrecision,
    minimumUnits: instrument.minimumUnits,
    asOf: quote?.time ?? null,
  };
}
