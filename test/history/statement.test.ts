import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnMapping } from "../../src/commands/history/column-map.ts";
import type { HistoryRow } from "../../src/core/history-row.ts";
import { decimal } from "../../src/core/money.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { openHistoryFiles } from "../../src/history/history-files.ts";
import { numberReader } from "../../src/history/import/statement-numbers.ts";
import { timeReader } from "../../src/history/import/statement-times.ts";

const files = openHistoryFiles();
const FOLDER = "test/fixtures/statements";
const MINIMAL = "time=Date,type=Action,units=Qty,price=Price,instrument=What,amount=Net";

type ReadOptions = { readonly chunk?: number; readonly currency?: string | null };

/** What a statement reads as, however its bytes come, and how many rows the mapping left out. */
async function read(text: string | Uint8Array, map: string, options: ReadOptions = {}) {
  const { chunk = 7, currency = "USD" } = options;
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const rows: HistoryRow[] = [];
  let ignored = 0;
  const given = {
    ...{ connection: "broker", account: "1", currencyOf: () => currency },
    onIgnored: () => {
      ignored += 1;
    },
  };
  const mapping = await columnMapping(map);
  for await (const batch of files.readStatement(chunksOf(bytes, chunk), mapping, given)) {
    rows.push(...batch);
  }
  return { rows, ignored };
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let next = 0; next < bytes.length; next += size) yield bytes.subarray(next, next + size);
}

async function fixture(name: string) {
  const csv = readFileSync(join(FOLDER, `${name}.csv`));
  const { rows, ignored } = await read(csv, join(FOLDER, `${name}.toml`), { currency: null });
  const shown = rows.map((row) =>
    [
      row.time.slice(0, 19),
      row.type,
      row.instrument,
      row.side,
      row.units,
      row.price,
      row.commission,
      row.amount,
      row.balance,
      row.currency,
    ].join(" "),
  );
  return { shown, ignored, rows };
}

describe("a broker's own statement", () => {
  it("of US stocks: dollar signs, a title, days in New York, words for kinds, a row left out", async () => {
    const { shown, ignored } = await fixture("stocks-us");
    expect(shown).toEqual([
      "2026-03-02T05:00:00 fill AAPL buy 10 182.50 1 -1826  USD",
      "2026-03-04T05:00:00 fill AAPL sell 10 190.2501 1.02 1901.48  USD",
      "2026-03-05T05:00:00 other MSFT    0 12.4  USD",
      "2026-03-06T05:00:00 funding     0 5000  USD",
    ]);
    expect(ignored).toBe(1);
  });

  it("of German CFDs: decimal comma, points between thousands, umlauts, day and hour apart (TM-02)", async () => {
    const { shown } = await fixture("cfd-german");
    expect(shown).toEqual([
      "2026-03-02T08:15:30 fill DE40_EUR buy 2.5 18234.5 1.5 -1.5 10000 EUR".replace(
        "-1.5 10",
        "-1.5 10",
      ),
      "2026-03-02T16:44:01 fill DE40_EUR sell 2.5 18301.0 1.5 166.25 10164.75 EUR",
      // Summer time since that morning.
      "2026-03-29T21:59:59 financing     0 -3.07 10161.68 EUR",
      "2026-03-30T06:00:00 funding     0 1000 11161.68 EUR",
    ]);
  });

  it("of currency pairs: the sign tells the side, costs are negative, ids of any length (DB-08)", async () => {
    const { rows } = await fixture("forex-signed");
    expect(rows).toMatchObject([
      {
        id: "T-900719925474099312",
        time: "2026-03-08T06:59:59.123456789Z",
        instrument: "EUR_USD",
        ...{ side: "sell", units: "25000", price: "1.08140", commission: "2", amount: "-2" },
      },
      { side: "buy", units: "25000", commission: "2", realizedPl: "32.5", amount: "30.5" },
    ]);
  });
});

const HEADER = "Date,Action,What,Qty,Price,Net\n";

describe("a row that can't be read", () => {
  it.each<[string, string, string, string]>([
    [
      "a number with the other mark",
      '2026-03-01,fill,X,1,1.0,"1,5"',
      "Net",
      '"1,5" isn\'t a number',
    ],
    ["a number in words", "2026-03-01,fill,X,one,1.0,0", "Qty", "isn't a number"],
    ["a word for a kind", "2026-03-01,Bought,X,1,1.0,0", "Action", "the mapping doesn't know"],
    ["no kind", "2026-03-01,,X,1,1.0,0", "Action", "is missing"],
    ["no day of the calendar", "2026-02-29,fill,X,1,1.0,0", "Date", "calendar"],
    ["no time", ",fill,X,1,1.0,0", "Date", "is missing"],
    ["a fill without a side", "2026-03-01,fill,X,1,1.0,0", "side", "is missing"],
    ["a size below zero", "2026-03-01,order,X,-1,1.0,0", "Qty", "isn't a size"],
    ["a fill without its price", "2026-03-01,fill,X,1,,0", "side", "is missing"],
    [
      "an instrument in markup",
      "2026-03-01,order,<b>,1,1.0,0",
      "What",
      "isn't an instrument's name",
    ],
  ])("names line, column and value for %s", async (...[, row, column, why]) => {
    const good = "2026-03-01,order,X,1,1.0,0";
    await expect(read(`${HEADER}${good}\n${row}\n`, MINIMAL)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(
        new RegExp(`^Line 3, column ${column}: ?.*${why}.*Nothing was imported\\.$`),
      ),
      details: { line: 3, column },
    });
  });

  it("is one with more fields than columns, and a column that isn't there names those that are", async () => {
    await expect(read(`${HEADER}2026-03-01,order,X,1,1.0,0,9\n`, MINIMAL)).rejects.toThrow(
      /Line 2: there are 7 fields, and 6 columns/,
    );
    await expect(read(HEADER, `${MINIMAL},balance=Nett`)).rejects.toMatchObject({
      message: expect.stringContaining("the columns are Date, Action, What, Qty, Price, Net"),
      hint: expect.stringContaining("Net"),
    });
    await expect(read("", MINIMAL)).rejects.toThrow(/the file is empty/);
  });

  it("is one whose sign gainsays its word", async () => {
    const map = `${MINIMAL},signs.units=signed,types.Buy=fill buy,types.Sold=fill sell`;
    const row = (action: string, units: string) =>
      `${HEADER}2026-03-01,${action},X,${units},1.0,0\n`;
    expect((await read(row("Sold", "-5"), map)).rows).toMatchObject([{ side: "sell", units: "5" }]);
    await expect(read(row("Buy", "-5"), map)).rejects.toThrow(/column Qty: "-5" gainsays/);
  });
});

describe("any file whatever", () => {
  const cell = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom(
      "2026-03-01",
      "fill",
      "order",
      "X",
      "1",
      "-1",
      "1.5",
      "1,5",
      '"',
      "(2)",
      "$",
      "",
    ),
  );
  const line = fc.array(cell, { minLength: 5, maxLength: 7 }).map((cells) => cells.join(","));

  it("for all texts is rows, or a refusal with the place: nothing else, however its bytes come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        async (...given) => {
          const [lines, chunk] = given;
          const text = `${HEADER}${lines.join("\n")}`;
          const outcome = await read(text, MINIMAL, { chunk }).catch((error: unknown) => error);
          if (!(outcome instanceof Error)) return;
          expect(outcome).toMatchObject({
            code: "USAGE",
            message: expect.stringMatching(/^Line \d+.*Nothing was imported\.$/s),
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a mapping", () => {
  it.each<[string, RegExp]>([
    ["time=Date", /type: is missing/],
    ["type=Action", /time: is missing/],
    [`${MINIMAL},tiem=Date`, /tiem: is nothing that a mapping says/],
    [`${MINIMAL},time=Day`, /time: is there twice/],
    [`${MINIMAL},decimal=dot`, /"dot" is not one of point, comma/],
    [`${MINIMAL},thousands=point`, /is the decimal mark as well/],
    [`${MINIMAL},decimal=comma`, /delimiter: is the decimal mark/],
    [`${MINIMAL},types.Buy=purchase`, /expected ignore, or one of order, fill/],
    [`${MINIMAL},types.Buy=fill long`, /"long" is not one of buy, sell/],
    [`${MINIMAL},values.time=2026`, /is a column and a value/],
    [`${MINIMAL},skip=-1`, /expected a number of lines/],
    [`${MINIMAL},columns.price=P`, /price: is there twice/],
    [`${MINIMAL},x`, /says nothing/],
    ["nothing.toml", /isn't there/],
    ["package.json", /line 1, column/],
  ])("%s is refused", async (map, told) => {
    const refused = columnMapping(map);
    await expect(refused).rejects.toMatchObject({ code: "USAGE" });
    await expect(refused).rejects.toThrow(told);
  });

  it.each<[string, RegExp]>([
    ["time.zone=Mars/Olympus", /no time zone/],
    ["time.format=yyyy-MM", /needs year, month and day/],
    ["time.format=yyyy-MM-dd QQ", /"QQ" is no part of a time/],
    ["time.format=yyyy-MM-dd hh:mm", /h and a go together/],
    ["time.format=dd.MM.yyyy dd", /"dd" is there twice/],
  ])("with %s is refused when it is used", async (more, told) => {
    await expect(read(HEADER, `${MINIMAL},${more}`)).rejects.toThrow(told);
  });
});

describe("numbers as statements write them", () => {
  it.each([
    [".", ",", "1,234.56", "1234.56"],
    [".", ",", "-$1,234.50", "-1234.50"],
    [".", ",", "$-5", "-5"],
    [".", ",", "(1,234.56)", "-1234.56"],
    [".", ",", "($5.00)", "-5.00"],
    [".", ",", "+7", "7"],
    [".", ",", ".5", "0.5"],
    [".", ",", "0007", "7"],
    [",", ".", "1.234,56-", "-1234.56"],
    [",", ".", "\u22125,1 €", "-5.1"],
    [",", " ", "1\u00A0234\u202F567,8", "1234567.8"],
    [".", "'", "1'234.5", "1234.5"],
    [".", "", "1234", "1234"],
  ] as const)("with %j and %j: %j is %s", (...[mark, thousands, text, plain]) => {
    expect(numberReader({ decimal: mark, thousands })(text)).toBe(plain);
  });

  it.each([
    [".", ",", "1,5"],
    [".", ",", "1,2345"],
    [".", ",", "12,34.5"],
    [".", ",", ",123"],
    [".", ",", "1.234.5"],
    [".", "", "1,234"],
    [",", ".", "1.5"],
    [".", ",", "1e5"],
    [".", ",", "--1"],
    [".", ",", "(-1)"],
    [".", ",", "-1-"],
    [".", ",", "１２"],
    [".", ",", "0x1F"],
    [".", ",", "5 USD"],
    [".", ",", ""],
    [".", ",", "."],
    [".", ",", "$"],
    [".", ",", "$$5"],
  ] as const)("with %j and %j: %j is none", (...[mark, thousands, text]) => {
    expect(numberReader({ decimal: mark, thousands })(text)).toBeUndefined();
  });

  it("for all amounts and all ways to write them read back as exactly the same", () => {
    const style = fc.constantFrom(
      ...([
        [".", ","],
        [",", "."],
        [",", " "],
        [".", "'"],
        [".", ""],
      ] as const),
    );
    const sign = fc.constantFrom("minus", "after", "brackets");
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
        fc.nat(9),
        style,
        sign,
        (...given) => {
          const [digits, places, [mark, thousands], how] = given;
          const size = digits < 0n ? -digits : digits;
          const text = size.toString().padStart(places + 1, "0");
          const [whole, fraction] = [
            text.slice(0, text.length - places),
            text.slice(text.length - places),
          ];
          const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, thousands);
          const plain = places === 0 ? grouped : `${grouped}${mark}${fraction}`;
          const signed = { minus: `-${plain}`, after: `${plain}-`, brackets: `(${plain})` }[how];
          const result = numberReader({ decimal: mark, thousands })(digits < 0n ? signed : plain);
          const expected = `${digits < 0n ? "-" : ""}${whole}${places === 0 ? "" : `.${fraction}`}`;
          expect(decimal(String(result)).equals(decimal(expected))).toBe(true);
        },
      ),
    );
  });
});

describe("times as statements write them", () => {
  const UTC = { zone: "UTC", repeated: null };

  it.each([
    ["dd.MM.yyyy HH:mm:ss", "UTC", "05.03.2026 07:08:09", "2026-03-05T07:08:09.000000000Z"],
    ["M/d/yyyy h:mm a", "America/New_York", "3/5/2026 12:05 AM", "2026-03-05T05:05:00.000000000Z"],
    ["M/d/yy h:mm a", "UTC", "12/31/26 12:00 p.m.", "2026-12-31T12:00:00.000000000Z"],
    ["d MMM yyyy", "UTC", "29 Feb 2028", "2028-02-29T00:00:00.000000000Z"],
    [
      "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
      "UTC",
      "2026-03-05T07:08:09.123+05:30",
      "2026-03-05T01:38:09.123000000Z",
    ],
    ["yyyyMMdd HHmmss", "Asia/Tokyo", "20260305 000000", "2026-03-04T15:00:00.000000000Z"],
    ["unix", "UTC", "1772694489.000000001", "2026-03-05T07:08:09.000000001Z"],
    ["unix-ms", "UTC", "1772694489007", "2026-03-05T07:08:09.007000000Z"],
    [null, "Europe/London", "2026-07-01 12:00", "2026-07-01T11:00:00.000000000Z"],
    [null, "Europe/London", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00.000000000Z"],
    [null, "UTC", "2026-12-31", "2026-12-31T00:00:00.000000000Z"],
    // Summer time began in April until 2006.
    [null, "America/New_York", "2006-03-20 12:00", "2006-03-20T17:00:00.000000000Z"],
    [null, "America/New_York", "2007-03-20 12:00", "2007-03-20T16:00:00.000000000Z"],
  ])("%s in %s: %s (TM-06)", (...[format, zone, text, instant]) => {
    expect(timeReader({ ...UTC, format, zone })(text)).toBe(instant);
  });

  it.each([
    ["dd.MM.yyyy", "29.02.2026"],
    ["dd.MM.yyyy", "31.04.2026"],
    ["dd.MM.yyyy", "5.3.2026"],
    ["MM/dd/yyyy", "13/01/2026"],
    ["dd.MM.yyyy HH:mm:ss", "05.03.2026 24:00:00"],
    ["dd.MM.yyyy HH:mm:ss", "05.03.2026 23:60:00"],
    ["dd.MM.yyyy h:mm a", "05.03.2026 13:00 PM"],
    ["d MMM yyyy", "1 Mai 2026"],
    ["yyyy-MM-dd", "2026-03-05 and more"],
    ["unix", "yesterday"],
    [null, "05/03/2026"],
  ])("%s: %s is none (CI-14)", (...[format, text]) => {
    expect(() => timeReader({ ...UTC, format })(text)).toThrow(/calendar|clock|isn't a time/);
  });

  it("that a clock skips or shows twice are refused, or the one that is chosen (CI-14, TM-02)", () => {
    const inNewYork = { format: null, zone: "America/New_York" };
    const reading = (repeated: "first" | "second" | null) => timeReader({ ...inNewYork, repeated });
    expect(() => reading(null)("2026-03-08 02:30")).toThrow(/doesn't exist there/);
    expect(() => reading(null)("2026-11-01 01:30")).toThrow(/comes twice there/);
    expect(reading("first")("2026-11-01 01:30")).toBe("2026-11-01T05:30:00.000000000Z");
    expect(reading("second")("2026-11-01 01:30")).toBe("2026-11-01T06:30:00.000000000Z");
    expect(reading("second")("2026-11-02 01:30")).toBe("2026-11-02T06:30:00.000000000Z");
  });

  it("for all moments read back as themselves, in all zones and formats", () => {
    const zone = fc.constantFrom(
      "UTC",
      "America/New_York",
      "Europe/Berlin",
      "Asia/Kolkata",
      "Asia/Tokyo",
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), zone, (seconds, name) => {
        const instant = instantFromMs(seconds * 1000);
        const shown = new Intl.DateTimeFormat("sv-SE", {
          ...{ timeZone: name, dateStyle: "short", timeStyle: "medium" },
        }).format(seconds * 1000);
        const read = (repeated: "first" | "second") => [
          timeReader({ format: "yyyy-MM-dd HH:mm:ss", zone: name, repeated })(shown),
          timeReader({ format: null, zone: name, repeated })(shown),
        ];
        expect([...read("first"), ...read("second")]).toContain(instant);
      }),
      { numRuns: 500 },
    );
  });
});
