import fc from "fast-check";
import { expect, it } from "vitest";
import type { HistoryRow } from "../../src/core/history-row.ts";
import { decimal, sumOf, toUnits, ZERO } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import type { HistoryPage, HistoryQuery, HistoryStore } from "../../src/ports/history.ts";
import { aRow, aTransaction, instant } from "../support/history-rows.ts";

const ACCOUNT = { connection: "oanda", account: "101-001-1000001-001" };
const SYNCED_AT = instant("2026-03-03T00:00:00Z");

export const EVERYTHING: HistoryQuery = {
  connection: null,
  account: null,
  from: null,
  before: null,
  types: [],
  instruments: [],
  isNewestFirst: false,
  limit: null,
};

/** `reopen` gives the same history again, as a later command would. */
export type OpenedHistory = {
  readonly store: HistoryStore;
  readonly reopen: () => Promise<HistoryStore>;
};

/** What every store of the trading history promises. `open` gives an empty one. */
export function historyStoreContract(open: () => Promise<OpenedHistory>): void {
  it("knows nothing at first", async () => {
    const { store } = await open();
    expect(await store.progress(ACCOUNT)).toBeNull();
    expect(await store.accounts()).toEqual([]);
    expect(await rowsOf(store)).toEqual([]);
    expect(await store.find("7", EVERYTHING)).toEqual([]);
  });

  it("keeps a page and how far it reaches, also for a later command", async () => {
    const { store, reopen } = await open();
    await store.keepPage(ACCOUNT, aPage(["7", "8"]));
    const later = await reopen();
    expect(await later.progress(ACCOUNT)).toEqual({
      through: "8",
      beginsAt: null,
      syncedAt: SYNCED_AT,
      currency: "USD",
    });
    expect((await rowsOf(later)).map(({ id }) => id)).toEqual(["7", "8"]);
    expect(await later.accounts()).toMatchObject([{ ...ACCOUNT, currency: "USD" }]);
  });

  it("keeps every value of a transaction to the last digit (DB-08)", async () => {
    const { store } = await open();
    const exact = {
      id: "90071992547409931",
      price: decimal("1.0810") as never,
      realizedPl: decimal("-12345678901234567890.1234567"),
      amount: decimal("0.0000001"),
      time: instant("2026-03-02T10:00:00.000000001Z"),
    };
    await store.keepPage(
      ACCOUNT,
      aPage([], { transactions: [aTransaction(exact)], through: exact.id }),
    );
    expect(await rowsOf(store)).toMatchObject([
      {
        id: "90071992547409931",
        price: "1.0810",
        realizedPl: "-12345678901234567890.1234567",
        amount: "0.0000001",
        balance: "100000",
        time: exact.time,
      },
    ]);
  });

  it("keeps a transaction once, however often it is read (P3)", async () => {
    const { store } = await open();
    await store.keepPage(ACCOUNT, aPage(["7", "8"]));
    await store.keepPage(ACCOUNT, aPage(["8", "9"], { after: "8" }));
    expect((await rowsOf(store)).map(({ id }) => id)).toEqual(["7", "8", "9"]);
  });

  it("refuses a page that doesn't begin where the known part ends (P3)", async () => {
    const { store } = await open();
    await store.keepPage(ACCOUNT, aPage(["7", "8"]));
    const stale = store.keepPage(ACCOUNT, aPage(["11"], { after: "10" }));
    await expect(stale).rejects.toMatchObject({ code: "STORAGE_BUSY", retryable: true });
    expect((await rowsOf(store)).map(({ id }) => id)).toEqual(["7", "8"]);
    expect((await store.progress(ACCOUNT))?.through).toBe("8");
  });

  it("takes the broker's word over an imported row, and keeps the labels only the import knew", async () => {
    const { store } = await open();
    await store.importRows(inBatches([aRow({ units: "999", agent: "from-file" })]));
    await store.keepPage(ACCOUNT, aPage(["7"]));
    expect(await rowsOf(store)).toMatchObject([{ id: "7", units: "1000", agent: "from-file" }]);
  });

  it("finds the labels of a fill in its order's line, on an earlier page", async () => {
    const { store } = await open();
    const labels = { clientOrderId: "tmt-9", signalId: "sig-9", agent: "beta" };
    const order = aTransaction({ id: "6", type: "order", orderId: "6", ...labels });
    await store.keepPage(ACCOUNT, aPage([], { transactions: [order], through: "6" }));
    await store.keepPage(ACCOUNT, aPage(["7"], { after: "6" }));
    expect((await rowsOf(store))[1]).toMatchObject({ id: "7", ...labels });
  });

  it("keeps what a fill did to trades", async () => {
    const { store } = await open();
    const trades = [
      {
        tradeId: "3",
        action: "closed",
        units: toUnits(decimal("400")),
        realizedPl: decimal("-1.5"),
      },
      { tradeId: "7", action: "opened", units: toUnits(decimal("600")), realizedPl: ZERO },
    ] as const;
    const fill = aTransaction({ trades });
    await store.keepPage(ACCOUNT, aPage([], { transactions: [fill], through: "7" }));
    const [found] = await store.find("7", EVERYTHING);
    expect(JSON.stringify(found?.trades)).toBe(JSON.stringify(trades));
    for await (const [row] of store.bookings(ACCOUNT)) {
      expect(JSON.stringify(row?.trades)).toBe(JSON.stringify(trades));
    }
  });

  it("lets one process read a log at a time, and a dead one nobody", async () => {
    const { store } = await open();
    const alive = () => true;
    expect(await store.claim(ACCOUNT, { owner: "one", isAlive: alive })).toBeNull();
    expect(await store.claim(ACCOUNT, { owner: "one", isAlive: alive })).toBeNull();
    expect(await store.claim(ACCOUNT, { owner: "two", isAlive: alive })).toBe("one");
    const other = { ...ACCOUNT, account: "another" };
    expect(await store.claim(other, { owner: "two", isAlive: alive })).toBeNull();
    expect(await store.claim(ACCOUNT, { owner: "two", isAlive: () => false })).toBeNull();
    await store.release(ACCOUNT, "one");
    expect(await store.claim(ACCOUNT, { owner: "three", isAlive: alive })).toBe("two");
    await store.release(ACCOUNT, "two");
    expect(await store.claim(ACCOUNT, { owner: "three", isAlive: alive })).toBeNull();
  });

  it("imports rows, and counts those that are there already as known", async () => {
    const { store, reopen } = await open();
    const rows = [aRow(), aRow({ id: "8" }), aRow({ id: "8" }), aRow({ account: "another" })];
    expect(await store.importRows(inBatches(rows))).toEqual({ rows: 4, stored: 3, known: 1 });
    expect(await store.importRows(inBatches(rows))).toEqual({ rows: 4, stored: 0, known: 4 });
    expect(await rowsOf(await reopen())).toHaveLength(3);
  });

  it("imports nothing when a later batch fails", async () => {
    const { store } = await open();
    const failing = async function* () {
      yield [aRow()];
      throw new RangeError("line 3");
    };
    await expect(store.importRows(failing())).rejects.toThrow("line 3");
    expect(await rowsOf(store)).toEqual([]);
    expect(await store.importRows(inBatches([aRow()]))).toMatchObject({ stored: 1 });
  });

  it("orders lines by time, then connection, account and id, whatever order they came in (P9, TM-06)", async () => {
    const times = [
      "2026-03-02T10:00:00Z",
      "2026-03-02T10:00:00.000000001Z",
      "2026-03-03T00:00:00Z",
    ];
    const ordered = times.flatMap((time, place) =>
      ["alpaca", "oanda"].flatMap((connection) =>
        ["9", "10", "a-1"].map((id) =>
          aRow({ id: `${place}${id}`, connection, time: instant(time) }),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(ordered, { minLength: ordered.length }),
        async (rows) => {
          const { store } = await open();
          await store.importRows(inBatches(rows, 4));
          expect(await rowsOf(store)).toEqual(ordered);
          expect(await rowsOf(store, { isNewestFirst: true })).toEqual(ordered.toReversed());
        },
      ),
      { numRuns: 5 },
    );
  });

  it.each<[string, Partial<HistoryQuery>, readonly string[]]>([
    ["from a moment on", { from: instant("2026-03-02T10:00:01Z") }, ["2", "3", "4"]],
    ["before a moment", { before: instant("2026-03-02T10:00:02Z") }, ["1", "2"]],
    ["of some kinds", { types: ["funding", "financing"] }, ["1", "4"]],
    ["of an instrument", { instruments: ["USD_JPY", "X"] }, ["3"]],
    ["of an account", { account: "another" }, ["4"]],
    ["of a connection", { connection: "oanda" }, ["1", "2", "3", "4"]],
    ["of an unknown connection", { connection: "nobody" }, []],
    ["at most so many", { limit: 2 }, ["1", "2"]],
    ["the newest ones", { limit: 2, isNewestFirst: true }, ["4", "3"]],
  ])("finds lines %s", async (_what, query, ids) => {
    const { store } = await open();
    const rows = [
      aRow({ id: "1", type: "funding", instrument: null }),
      aRow({ id: "2" }),
      aRow({ id: "3", instrument: "USD_JPY" }),
      aRow({ id: "4", type: "financing", account: "another" }),
    ].map((row, second) => ({ ...row, time: instant(`2026-03-02T10:00:0${second}Z`) }));
    await store.importRows(inBatches(rows));
    expect((await rowsOf(store, query)).map(({ id }) => id)).toEqual(ids);
  });

  it("sums up exactly for all amounts, currencies apart and funding left out", async () => {
    const amount = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat({ max: 6 }))
      .map(([digits, places]) => scaled(digits, places));
    const small = fc
      .integer({ min: -100_000, max: 100_000 })
      .map((cents) => scaled(BigInt(cents), 2));
    const line = fc.record({
      hours: fc.nat({ max: 3 }),
      type: fc.constantFrom("fill" as const, "financing" as const, "funding" as const),
      currency: fc.constantFrom("USD", "EUR", null),
      realizedPl: fc.oneof(amount, small),
      amount: fc.oneof(small, amount),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (lines) => {
        const { store } = await open();
        const rows = lines.map(({ hours, ...given }, index) =>
          aRow({ id: `${index}`, ...given, time: addMs(aRow().time, hours * 3_600_000) }),
        );
        await store.importRows(inBatches(rows));
        const sums = await store.sums(EVERYTHING, ["11:00", "12:00", "13:00"]);
        const booked = rows.filter(
          ({ type, amount: by }) => type === "fill" || (type !== "funding" && by !== "0"),
        );
        const bucketOf = (time: string) =>
          time.slice(11, 13) === "10" ? "00" : time.slice(11, 13);
        const groups = Map.groupBy(booked, (row) => `${bucketOf(row.time)} ${row.currency}`);
        expect(sums).toHaveLength(groups.size);
        for (const sum of sums) {
          const group = groups.get(`${sum.from.slice(11, 13)} ${sum.currency}`) ?? [];
          const total = (key: "realizedPl" | "amount") =>
            sumOf(group.map((row) => decimal(row[key]))).toString();
          expect([sum.realizedPl, sum.amount].map(String)).toEqual([
            total("realizedPl"),
            total("amount"),
          ]);
          expect(sum.fills).toBe(group.filter(({ type }) => type === "fill").length);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("sums up amounts of any length", async () => {
    const { store } = await open();
    const long = "9".repeat(30);
    const rows = ["1", "2", "3"].map((id) => aRow({ id, amount: long, realizedPl: "0.5" }));
    await store.importRows(inBatches(rows));
    const [sum] = await store.sums(EVERYTHING, []);
    expect([sum?.amount, sum?.realizedPl].map(String)).toEqual([`2${"9".repeat(29)}7`, "1.5"]);
  });

  it("begins a bucket at midnight and at each cut", async () => {
    const { store } = await open();
    const times = ["00:00:00", "18:14:59.999999999", "18:15:00", "21:00:00"];
    const rows = times.map((time, index) =>
      aRow({ id: `${index}`, time: instant(`2026-03-02T${time}Z`), amount: "1" }),
    );
    await store.importRows(inBatches(rows));
    const sums = await store.sums(EVERYTHING, ["18:15", "21:00"]);
    expect(sums.map(({ from, fills }) => [from, fills])).toEqual([
      ["2026-03-02T00:00:00.000000000Z", 2],
      ["2026-03-02T18:15:00.000000000Z", 1],
      ["2026-03-02T21:00:00.000000000Z", 1],
    ]);
  });
}

/** A page of fills with those ids. */
function aPage(
  ids: readonly string[],
  given: Partial<Pick<HistoryPage, "transactions" | "after">> & { readonly through?: string } = {},
): HistoryPage {
  const transactions = given.transactions ?? ids.map((id) => aTransaction({ id }));
  const through = given.through ?? ids.at(-1) ?? "0";
  return {
    transactions,
    currency: "USD",
    after: given.after ?? null,
    progress: { through, beginsAt: null, syncedAt: SYNCED_AT },
  };
}

export async function* inBatches(
  rows: readonly HistoryRow[],
  size = 100,
): AsyncGenerator<readonly HistoryRow[]> {
  for (let next = 0; next < rows.length; next += size) yield rows.slice(next, next + size);
}

export async function rowsOf(
  store: HistoryStore,
  query: Partial<HistoryQuery> = {},
): Promise<readonly HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for await (const batch of store.rows({ ...EVERYTHING, ...query })) rows.push(...batch);
  return rows;
}

function scaled(digits: bigint, places: number): string {
  return decimal(`${digits}`)
    .dividedBy(decimal(`${10n ** BigInt(places)}`), places)
    .toString();
}
