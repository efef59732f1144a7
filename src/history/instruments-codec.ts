import type { Commission, Instrument } from "../core/instrument.ts";
import {
  asFields,
  asList,
  countOf,
  decimalOf,
  type Fields,
  optionalDecimal,
  parseFields,
  textOf,
  wordOf,
} from "./json-fields.ts";

/** The instruments as JSON text; amounts are decimal text, so none loses a digit. */
export function serializeInstruments(instruments: readonly Instrument[]): string {
  return JSON.stringify({ instruments });
}

/**
 * The instruments that `serializeInstruments` wrote; only those called one of `names` where there are such.
 * @throws RangeError naming what doesn't fit.
 */
export function parseInstruments(text: string, names?: readonly string[]): readonly Instrument[] {
  const list = asList(parseFields(text).instruments, "instruments");
  const all = list.map((item) => asFields(item, "instrument"));
  const asked = names ? all.filter((fields) => names.includes(textOf(fields, "name"))) : all;
  return asked.map(instrumentOf);
}

function instrumentOf(fields: Fields): Instrument {
  return {
    name: textOf(fields, "name"),
    displayName: textOf(fields, "displayName"),
    type: wordOf(fields, "type", ["forex", "metal", "cfd", "stock"]),
    baseCurrency: textOf(fields, "baseCurrency"),
    quoteCurrency: textOf(fields, "quoteCurrency"),
    pipSize: decimalOf(fields, "pipSize"),
    pricePrecision: countOf(fields, "pricePrecision"),
    unitsPrecision: countOf(fields, "unitsPrecision"),
    minimumUnits: decimalOf(fields, "minimumUnits"),
    maximumUnits: optionalDecimal(fields, "maximumUnits"),
    marginRate: decimalOf(fields, "marginRate"),
    minimumTrailingDistance: optionalDecimal(fields, "minimumTrailingDistance"),
    maximumTrailingDistance: optionalDecimal(fields, "maximumTrailingDistance"),
    financing: financingOf(fields.financing),
    ...commissionOf(fields.commission),
  };
}

/** Absent in what earlier versions wrote. */
function commissionOf(value: unknown): { readonly commission?: Commission | null } {
  if (value === undefined) return {};
  if (value === null) return { commission: null };
  const fields = asFields(value, "commission");
  const [amount, perUnits] = [decimalOf(fields, "amount"), decimalOf(fields, "perUnits")];
  return { commission: { amount, perUnits, minimum: decimalOf(fields, "minimum") } };
}

function financingOf(value: unknown): Instrument["financing"] {
  if (value === null) return null;
  const fields = asFields(value, "financing");
  return { longRate: decimalOf(fields, "longRate"), shortRate: decimalOf(fields, "shortRate") };
}
