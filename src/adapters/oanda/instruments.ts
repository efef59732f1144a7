import * as v from "valibot";
import type { Commission, Instrument, InstrumentType } from "../../core/instrument.ts";
import { Decimal } from "../../core/money.ts";
import { readWire, wireCount, wireDecimal } from "./wire-values.ts";

const wireInstrument = v.object({
  name: v.string(),
  type: v.nullish(v.string()),
  displayName: v.nullish(v.string()),
  pipLocation: wireCount,
  displayPrecision: wireCount,
  tradeUnitsPrecision: wireCount,
  minimumTradeSize: wireDecimal,
  maximumOrderUnits: v.nullish(wireDecimal),
  minimumTrailingStopDistance: v.nullish(wireDecimal),
  maximumTrailingStopDistance: v.nullish(wireDecimal),
  marginRate: wireDecimal,
  financing: v.nullish(v.object({ longRate: wireDecimal, shortRate: wireDecimal })),
  commission: v.nullish(
    v.object({ commission: wireDecimal, unitsTraded: wireDecimal, minimumCommission: wireDecimal }),
  ),
});

type WireInstrument = v.InferOutput<typeof wireInstrument>;

const instrumentList = v.object({ instruments: v.array(wireInstrument) });

const TYPES: Readonly<Record<string, InstrumentType>> = {
  CURRENCY: "forex",
  METAL: "metal",
  CFD: "cfd",
};

/** Reads the answer of GET …/instruments; sorted by name. */
export function toInstruments(body: unknown): readonly Instrument[] {
  return readWire(instrumentList, body, "instrument list")
    .instruments.map(toInstrument)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function toInstrument(wire: WireInstrument): Instrument {
  const [baseCurrency = wire.name, quoteCurrency = ""] = wire.name.split("_");
  return {
    name: wire.name,
    displayName: wire.displayName ?? wire.name.replaceAll("_", "/"),
    type: TYPES[wire.type ?? ""] ?? "cfd",
    baseCurrency,
    quoteCurrency,
    pipSize: powerOfTen(wire.pipLocation),
    pricePrecision: wire.displayPrecision,
    unitsPrecision: wire.tradeUnitsPrecision,
    minimumUnits: wire.minimumTradeSize,
    maximumUnits: limitOrNull(wire.maximumOrderUnits),
    marginRate: wire.marginRate,
    minimumTrailingDistance: limitOrNull(wire.minimumTrailingStopDistance),
    maximumTrailingDistance: limitOrNull(wire.maximumTrailingStopDistance),
    financing: wire.financing ?? null,
    commission: toCommission(wire.commission),
  };
}

/** null where the account's terms aren't told: then nobody knows before the fill. */
function toCommission(wire: WireInstrument["commission"]): Commission | null {
  if (!wire?.unitsTraded.isPositive()) return null;
  const { commission: amount, unitsTraded: perUnits, minimumCommission: minimum } = wire;
  return { amount, perUnits, minimum };
}

/** The currency an instrument's price is in. */
export function quoteCurrencyOf(instrument: string): string {
  return instrument.split("_")[1] ?? "";
}

/** The broker says "0" where it has no limit. */
function limitOrNull(value: Decimal | null | undefined): Decimal | null {
  return value?.isPositive() ? value : null;
}

function powerOfTen(exponent: number): Decimal {
  return exponent < 0 ? new Decimal(1n, -exponent) : new Decimal(10n ** BigInt(exponent), 0);
}
