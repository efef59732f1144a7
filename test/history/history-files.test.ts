import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HISTORY_KEYS, type HistoryRow } from "../../src/core/history-row.ts";
import { decimal } from "../../src/core/money.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { TRANSACTION_TYPES } from "../../src/core/transaction.ts";
import { openHistoryFiles } from "../../src/history/history-files.ts";
import type { ExportFormat, ImportDefaults, ImportFormat } from "../../src/ports/history-files.ts";
import { aRow } from "../support/history-rows.ts";

const files = openHistoryFiles();
const DEFAULTS: ImportDefaults = {
  connection: "paper",
  account: "paper-001",
  currencyOf: () => "USD",
};
const HEADER = "time,type,instrument,side,units,price";

async function written(format: ExportFormat, rows: readonly HistoryRow[]): Promise<string> {
  let text = "";
  for await (const part of files.write(format, batchesOf(rows, 3), (time) => time.slice(0, 10))) {
    text += part;
  }
  return text;
}

/** What a file reads as, however its bytes come. */
async function read(
  format: ImportFormat,
  text: string | Uint8Array,
  { chunk = 7, defaults = DEFAULTS } = {},
): Promise<readonly HistoryRow[]> {
  const rows: HistoryRow[] = [];
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for await (const batch of files.read(format, chunksOf(bytes, chunk), defaults))
    rows.push(...batch);
  return rows;
}

async function* batchesOf<T>(items: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let next = 0; next < items.length; next += size) yield items.slice(next, next + size);
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let next = 0; next < bytes.length; next += size) yield bytes.subarray(next, next + size);
}

/** Text as brokers, traders and attackers write it. */
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      "=1+1",
      "+1",
      "-1",
      "@x",
      "'=x",
      "''-",
      "\t=1",
      "\r\n=",
      'a"b',
      ",",
      "\n",
      "＝1",
      "é",
    ),
  )
  .filter((value) => !value.includes("\0") && value.isWellFormed());
const optional = fc.option(text);
const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.nat({ max: 8 }))
  .map(([digits, places]) =>
    decimal(`${digits}`)
      .dividedBy(decimal(`1${"0".repeat(places)}`), places)
      .toString(),
  );
const positive = amount.filter((value) => decimal(value).isPositive());
const anyRow: fc.Arbitrary<HistoryRow> = fc.record({
  id: text,
  connection: text,
  account: text,
  time: fc.integer({ min: 0, max: 4_000_000_000_000 }).map(instantFromMs),
  type: fc.constantFrom(...TRANSACTION_TYPES),
  brokerType: optional,
  instrument: fc.constantFrom("EUR_USD", "AAPL", "BRK.B", "SPX500_USD"),
  side: fc.constantFrom("buy" as const, "sell" as const),
  units: positive,
  price: positive.map((value) => `${decimal(value).toFixed(decimal(value).scale)}`),
  realizedPl: amount,
  commission: amount,
  financing: amount,
  amount,
  balance: fc.option(amount),
  currency: fc.constantFrom("USD", "EUR", "JPY"),
  orderId: optional,
  tradeId: optional,
  clientOrderId: optional,
  signalId: optional,
  agent: optional,
});

describe.each(["csv", "jsonl"] as const)("a history written as %s", (format) => {
  it("reads back as the same rows, for all rows and however its bytes come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { maxLength: 6 }),
        fc.integer({ min: 1, max: 400 }),
        async (rows, chunk) => {
          const again = await read(format, await written(format, rows), { chunk });
          expect(again).toEqual(rows);
          expect(await written(format, again)).toBe(await written(format, rows));
        },
      ),
    );
  });
});

describe("a history written as CSV", () => {
  it("is what another reader of CSV takes it for, for all rows", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 4 }), async (rows) => {
        const [header, ...records]: string[][] = parse(await written("csv", rows));
        expect(header).toEqual([...HISTORY_KEYS]);
        expect(records.map((record) => record.length)).toEqual(rows.map(() => HISTORY_KEYS.length));
        const ids = records.map((record) => record[0] ?? "");
        expect(
          ids.map((id, index) => id === rows[index]?.id || id === `'${rows[index]?.id}`),
        ).toEqual(rows.map(() => true));
      }),
    );
  });

  it("has no field that a spreadsheet runs, for all texts (SE-01)", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (agent) => {
        const [, record = []]: string[][] = parse(await written("csv", [aRow({ agent })]));
        expect(record.at(-1)).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/u);
      }),
    );
  });

  it("leaves negative amounts numbers", async () => {
    const csv = await written("csv", [aRow({ realizedPl: "-12.5", amount: "-12.5" })]);
    expect(csv).toContain(",-12.5,");
    expect(csv).not.toContain("'");
  });
});

describe("a CSV file", () => {
  it("needs no more than time, type, instrument, side, units and price", async () => {
    const csv = `${HEADER}\n2026-03-02T10:00:00Z,fill,EUR/USD,BUY,1000,1.0810\n2026-03-02,fill,AAPL,sell,2.5,180.10\n`;
    const [pair, stock] = await read("csv", csv);
    expect(pair).toMatchObject({
      connection: "paper",
      account: "paper-001",
      time: "2026-03-02T10:00:00.000000000Z",
      instrument: "EUR_USD",
      side: "buy",
      units: "1000",
      price: "1.0810",
      realizedPl: "0",
      amount: "0",
      balance: null,
      currency: "USD",
    });
    expect(stock).toMatchObject({
      time: "2026-03-02T00:00:00.000000000Z",
      units: "2.5",
      price: "180.10",
    });
  });

  it("gives rows without an id one that their content has", async () => {
    const line = "2026-03-02T10:00:00Z,fill,EUR_USD,buy,1000,1.0810";
    const rows = await read("csv", `${HEADER}\n${line}\n${line}\n${line.replace("buy", "sell")}\n`);
    const again = await read(
      "csv",
      `side,${HEADER.replace("side,", "")}\nbuy,${line.replace("buy,", "")}0\n`,
    );
    const ids = [...rows, ...again].map(({ id }) => id);
    expect(ids[0]).toMatch(/^import-[0-9a-f]{24}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(ids[3]).toBe(ids[0]);
  });

  it("works out what the balance changed by where it isn't said", async () => {
    const csv = `${HEADER},realizedPl,commission,financing\n2026-03-02,fill,EUR_USD,buy,1000,1.08,10.50,0.35,-0.1\n`;
    expect(await read("csv", csv)).toMatchObject([{ realizedPl: "10.5", amount: "10.05" }]);
  });

  it.each([
    ["CRLF and a byte-order mark", `\uFEFF${HEADER}\r\n2026-03-02,fill,A,buy,1,2\r\n\r\n`],
    ["no line's end at its end", `${HEADER}\n2026-03-02,fill,A,buy,1,2`],
    [
      "quotes around everything",
      `"time","type","instrument","side","units","price"\n"2026-03-02","fill","A","buy","1","2"\n`,
    ],
    [
      "columns in another order and case",
      "Price,units,SIDE,instrument,type,time\n2,1,buy,A,fill,2026-03-02\n",
    ],
    ["empty columns besides", `${HEADER},agent,balance\n2026-03-02,fill,A,buy,1,2,,\n`],
  ])("may have %s", async (_what, csv) => {
    expect(await read("csv", csv)).toMatchObject([
      { instrument: "A", units: "1", price: "2", agent: null },
    ]);
  });

  const row = (given: Record<string, string>) => {
    const values = {
      time: "2026-03-02",
      type: "fill",
      instrument: "A",
      side: "buy",
      units: "1",
      price: "2",
      ...given,
    };
    return `${Object.keys(values).join(",")}\n${Object.values(values).join(",")}\n`;
  };

  it.each<[string, string, object]>([
    [
      "a time that isn't one",
      row({ time: "yesterday" }),
      { line: 2, column: "time", value: "yesterday" },
    ],
    [
      "29 February of another year (CI-14)",
      row({ time: "2026-02-29" }),
      { column: "time", value: "2026-02-29" },
    ],
    ["a type that isn't one", row({ type: "dividendo" }), { column: "type", value: "dividendo" }],
    ["a side that isn't one", row({ side: "long" }), { column: "side", value: "long" }],
    ["units below zero", row({ units: "-5" }), { column: "units", value: "-5" }],
    ["no units", row({ units: "" }), { column: "units", value: "" }],
    ["zero units", row({ units: "0" }), { column: "units", value: "0" }],
    ["grouped digits (CI-03)", row({ units: '"1,000"' }), { column: "units", value: "1,000" }],
    ["a decimal comma (CI-09)", row({ price: '"1,0810"' }), { column: "price", value: "1,0810" }],
    ["an exponent", row({ units: "1e5" }), { column: "units", value: "1e5" }],
    ["a price below zero", row({ price: "-1" }), { column: "price", value: "-1" }],
    [
      "an instrument that is a formula",
      row({ instrument: "=A1" }),
      { column: "instrument", value: "=A1" },
    ],
    ["an amount that isn't one", row({ realizedPl: "x" }), { column: "realizedPl", value: "x" }],
    ["funding without an amount", row({ type: "funding" }), { column: "amount" }],
    ["too few fields", `${HEADER}\n2026-03-02,fill\n`, { line: 2 }],
    ["too many fields", `${HEADER}\n2026-03-02,fill,A,buy,1,2,3\n`, { line: 2 }],
    ["a quote that is never closed", `${HEADER}\n2026-03-02,fill,"A,buy,1,2\nx\n`, { line: 2 }],
    ["a quote within a field", `${HEADER}\n2026-03-02,fill,A"B",buy,1,2\n`, { line: 2 }],
    ["text after a quoted field", `${HEADER}\n2026-03-02,fill,"A"B,buy,1,2\n`, { line: 2 }],
    ["an unknown column", `${HEADER},realisedPl\n`, { line: 1, value: "realisedPl" }],
    ["a column that is there twice", `${HEADER},price\n`, { line: 1, column: "price" }],
    ["a column too few", "time,type,instrument,side,price\n", { line: 1, column: "units" }],
    ["semicolons (CI-09)", `${HEADER.replaceAll(",", ";")}\n`, { line: 1 }],
    ["a zero byte", `${HEADER}\n2026-03-02,fill,\0,buy,1,2\n`, { line: 2 }],
    ["nothing at all", "", { line: 1 }],
    [
      "a later line",
      `${row({})}2026-03-02,fill,"B\nC",buy,1,2\n2026-03-02,fill,D,buy,x,2\n`,
      { line: 3, column: "instrument" },
    ],
    [
      "a line after a quoted line break",
      `${row({ agent: '"a\nb"' })}2026-03-02,fill,D,buy,x,2,\n`,
      { line: 4, column: "units", value: "x" },
    ],
  ])("with %s is refused, and says where", async (_what, csv, details) => {
    const failure = await read("csv", csv).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "USAGE", details });
    expect(String(failure)).toContain("Nothing was imported.");
  });

  it("that isn't UTF-8 is refused", async () => {
    const latin = Uint8Array.from([...new TextEncoder().encode(`${HEADER}\n`), 0xe9, 0x0a]);
    await expect(read("csv", latin)).rejects.toMatchObject({ code: "USAGE", details: { line: 2 } });
  });

  it("that is compressed is called that, and the hint unpacks it", async () => {
    const packed = gzipSync(`${HEADER}\n`);
    await expect(read("csv", packed)).rejects.toMatchObject({
      code: "USAGE",
      message: "Line 1: the file is compressed. Nothing was imported.",
      hint: expect.stringContaining("gunzip -c FILE | tmt-broker history import -"),
    });
  });

  it("needs to know the account, and the currency of what is booked", async () => {
    const csv = `${HEADER},realizedPl\n2026-03-02,fill,A,buy,1,2,3\n`;
    const nobody = { ...DEFAULTS, account: null };
    const noMoney = { ...DEFAULTS, currencyOf: () => null };
    await expect(read("csv", csv, { defaults: nobody })).rejects.toMatchObject({
      details: { column: "account" },
    });
    await expect(read("csv", csv, { defaults: noMoney })).rejects.toMatchObject({
      details: { column: "currency" },
    });
  });
});

describe("a JSON lines file", () => {
  const line = {
    time: "2026-03-02",
    type: "fill",
    instrument: "A",
    side: "buy",
    units: "1",
    price: "2",
  };

  it.each<[string, string, object]>([
    ["what isn't JSON", "{", { line: 1 }],
    ["a list", "[]", { line: 1 }],
    [
      "a number where text belongs",
      JSON.stringify({ ...line, units: 1 }),
      { line: 1, column: "units", value: "1" },
    ],
    ["an unknown key", `\n${JSON.stringify({ ...line, note: "x" })}`, { line: 2, value: "note" }],
    [
      "a wrong value on a later line",
      `${JSON.stringify(line)}\n${JSON.stringify({ ...line, price: "x" })}\n`,
      { line: 2, column: "price" },
    ],
  ])("with %s is refused, and says where", async (_what, jsonl, details) => {
    await expect(read("jsonl", jsonl)).rejects.toMatchObject({ code: "USAGE", details });
  });
});

describe("account books", () => {
  const rows = [
    aRow({
      id: "1",
      type: "funding",
      brokerType: "TRANSFER_FUNDS",
      instrument: null,
      side: null,
      units: null,
      amount: "1000",
    }),
    aRow({ id: "2", realizedPl: "-12.5", commission: "0.35", financing: "-0.1", amount: "-12.95" }),
    aRow({ id: "3", type: "fee", amount: "-5" }),
    aRow({ id: "4", type: "other", amount: "1.5", currency: null }),
    aRow({ id: "5", amount: "0" }),
    aRow({ id: "=6; x\n2026-01-01 evil", connection: "my:broker  x", amount: "1", agent: "x" }),
  ];

  it.each(["hledger", "beancount"] as const)(
    "for %s balance to the last digit in every entry",
    async (format) => {
      const text = await written(format, rows);
      const entries = text.split(/\n(?=\d{4}-\d{2}-\d{2} (?:\(|\*))/).slice(1);
      expect(entries).toHaveLength(5);
      for (const entry of entries) {
        const amounts = [...entry.matchAll(/ {2}(-?[\d.]+) \S+$/gm)].map(([, value]) =>
          decimal(value ?? ""),
        );
        expect(amounts.length).toBeGreaterThan(1);
        expect(amounts.reduce((sum, one) => sum.plus(one)).isZero()).toBe(true);
      }
    },
  );

  it.each([
    ["USD", "USD"],
    ["usd", "USD"],
    ["€", "X20AC"],
    ["¥", "A5"],
    ["1INCH", "X1INCH"],
    ["U", "XU"],
    ["A".repeat(30), "A".repeat(24)],
    [null, "UNKNOWN"],
  ])("for beancount call the currency %s what it can read: %s", async (currency, name) => {
    const book = await written("beancount", [aRow({ realizedPl: "1", amount: "1", currency })]);
    expect(
      new Set([...book.matchAll(/^ {2}[A-Z]\S+ {2}\S+ (\S+)$/gm)].map(([, one]) => one)),
    ).toEqual(new Set([name]));
  });

  it("take no lines from a broker's words (SE-01)", async () => {
    for (const format of ["hledger", "beancount"] as const) {
      expect(await written(format, rows)).not.toMatch(/^2026-01-01 evil/m);
    }
  });
});
