import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toLabels, toOrigin } from "../../../src/adapters/oanda/origin.ts";
import { reasonWords } from "../../../src/adapters/oanda/reasons.ts";
import { type RequestKind, toRejection } from "../../../src/adapters/oanda/rejection.ts";
import {
  toTransactions,
  toWireTransaction,
} from "../../../src/adapters/oanda/wire-transactions.ts";
import { compareIds, readDecimal } from "../../../src/adapters/oanda/wire-values.ts";
import { Decimal } from "../../../src/core/money.ts";

const FACTS = new URL("../../../../shared/facts/oanda-v20-reasons.json", import.meta.url);

describe("reasons", () => {
  it.skipIf(!existsSync(FACTS))("every documented one has our own plain words", () => {
    const { aliases, rejectReasons, cancelReasons } = JSON.parse(readFileSync(FACTS, "utf8"));
    const names = [aliases, rejectReasons, cancelReasons].flatMap((each) => Object.keys(each));
    expect(names.length).toBeGreaterThan(250);
    expect(names.filter((name) => reasonWords(name) === null)).toEqual([]);
    for (const name of names) {
      const [meaning, advice] = reasonWords(name) ?? ["", ""];
      expect(meaning, name).toMatch(/^[a-zU][^*]+[^.]$/);
      expect(advice, name).toMatch(/^[A-Z][^*]+\.$/);
    }
  });

  it.each([
    ["INSUFFICIENT_MARGIN", "INSUFFICIENT_MARGIN"],
    ["INSUFFICIENT_LIQUIDITY", "INSUFFICIENT_LIQUIDITY"],
    ["MARKET_HALTED", "MARKET_CLOSED"],
    ["INSTRUMENT_BID_HALTED", "MARKET_CLOSED"],
    ["CLIENT_ORDER_ID_ALREADY_EXISTS", "DUPLICATE_CLIENT_ORDER_ID"],
    ["CLIENT_TRADE_ID_ALREADY_EXISTS", "DUPLICATE_CLIENT_ORDER_ID"],
    ["FIFO_VIOLATION", "COMPLIANCE_FIFO"],
    ["FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION", "COMPLIANCE_FIFO"],
    ["STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD", "COMPLIANCE_FIFO"],
    ["ACCOUNT_LOCKED", "PERMISSION_DENIED"],
    ["ACCOUNT_ORDER_CANCEL_LOCKED", "PERMISSION_DENIED"],
    ["GUARANTEED_STOP_LOSS_ON_FILL_BID_HALTED", "MARKET_CLOSED"],
    ["ORDER_DOESNT_EXIST", "ORDER_NOT_FOUND"],
    ["NO_SUCH_ORDER", "ORDER_NOT_FOUND"],
    ["TRADE_DOESNT_EXIST", "POSITION_NOT_FOUND"],
    ["CLOSEOUT_POSITION_DOESNT_EXIST", "POSITION_NOT_FOUND"],
    ["ORDER_CANCEL_WOULD_TRIGGER_CLOSEOUT", "INSUFFICIENT_MARGIN"],
    ["BOUNDS_VIOLATION", "ORDER_REJECTED"],
    ["STOP_LOSS_ON_FILL_LOSS", "ORDER_REJECTED"],
    ["SOMETHING_NEW", "ORDER_REJECTED"],
  ])("%s becomes %s, and the broker's own code stays beside it", (brokerCode, code) => {
    const rejection = toRejection({
      what: "cancelled",
      about: "market",
      brokerCode,
      brokerWords: null,
    });
    expect(rejection).toMatchObject({ code, brokerCode });
    expect(rejection.message).toMatch(/^OANDA cancelled the order: .+ Nothing was filled\.$/);
  });

  it.each<[RequestKind, RegExp, RegExp]>([
    ["market", /^OANDA rejected the order: /, / Nothing was filled\.$/],
    ["entry", /^OANDA rejected the order: /, / Nothing was filled\.$/],
    ["close", /^OANDA rejected the close: /, / Nothing was closed\.$/],
    ["change", /^OANDA rejected the change: /, / Nothing was changed\.$/],
    ["cancel", /^OANDA rejected the cancellation: /, / Nothing was cancelled\.$/],
    ["exits", /^OANDA rejected the new exits: /, / exits stay as they were\.$/],
  ])("of a refused %s say what was refused, and what it means", (about, opening, end) => {
    const verdict = { what: "rejected", brokerCode: "PRICE_INVALID", brokerWords: null } as const;
    const { message } = toRejection({ ...verdict, about });
    expect(message).toMatch(opening);
    expect(message).toMatch(end);
  });

  it("name the exit they are about", () => {
    expect(reasonWords("GUARANTEED_STOP_LOSS_ON_FILL_LOSS")?.[0]).toContain("guaranteed stop");
    expect(reasonWords("TAKE_PROFIT_ON_FILL_PRICE_MISSING")?.[0]).toContain("the take-profit has");
    expect(reasonWords("STOP_LOSS_ON_FILL_GUARANTEED_REQUIRED")?.[0]).toContain("guaranteed stop");
    expect(reasonWords("STOP_LOSS_ORDER_OF_A_NEW_KIND")).toBeNull();
  });
});

describe("origin", () => {
  const name = fc.string({ unit: "binary", maxLength: 4 }).filter((text) => text.isWellFormed());
  const nullable = fc.option(name);

  it("for all signals, agents and comments: what is sent as labels reads back the same", () => {
    fc.assert(
      fc.property(nullable, nullable, nullable, (signalId, agent, comment) => {
        const origin = { signalId, agent, comment };
        const { tag = null, comment: sent = null } = toLabels("id", origin);
        expect(toOrigin({ id: "id", tag, comment: sent })).toEqual(origin);
        expect(tag ?? "").toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });

  it.each([
    ["their own words", null, null],
    ["", null, null],
    ["signal=%zz;agent=x", "%zz", "x"],
    ["agent=a;signal=b", "b", "a"],
  ])("of another program's tag %j is signal %j, agent %j", (tag, signalId, agent) => {
    expect(toOrigin({ tag })).toEqual({ signalId, agent, comment: null });
  });

  it("of no labels is nobody", () => {
    expect(toOrigin(undefined)).toEqual({ signalId: null, agent: null, comment: null });
  });
});

describe("numbers on the wire", () => {
  it("HT-09 for all decimals: what is written reads back exactly", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.nat(30),
        (digits, scale) => {
          const value = new Decimal(digits, scale);
          expect(readDecimal(value.toString())?.equals(value)).toBe(true);
          expect(readDecimal(value.toFixed(scale))?.equals(value)).toBe(true);
          expect(readDecimal(`${digits}e-${scale}`)?.equals(value)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ["1e-7", "0.0000001"],
    ["1.5E3", "1500"],
    ["-0", "0"],
    ["+1", "1"],
    ["007.10", "7.1"],
    [".5", "0.5"],
    ["5.", "5"],
    ["-1000000.0", "-1000000"],
  ])("HT-09 %s is %s", (text, expected) => {
    expect(readDecimal(text)?.toString()).toBe(expected);
  });

  it.each([
    "",
    ".",
    "-",
    "e5",
    "1e",
    "1e9999",
    "NaN",
    "Infinity",
    "0x10",
    "1,000",
    "1_000",
    " 1",
    "１",
  ])("HT-09 %j is no number", (text) => {
    expect(readDecimal(text)).toBeUndefined();
  });
});

describe("a refused order in the log", () => {
  it("HT-08 is read whatever was asked for", () => {
    const wire = {
      id: "7",
      time: "1.5",
      type: "LIMIT_ORDER_REJECT",
      instrument: 5,
      units: "0",
      price: "-1",
      gtdTime: "never",
      clientExtensions: { id: "tmt-1" },
      rejectReason: "PRICE_INVALID",
    };
    expect(toTransactions([toWireTransaction(wire)])).toMatchObject([
      {
        id: "7",
        type: "reject",
        units: null,
        price: null,
        instrument: null,
        clientOrderId: "tmt-1",
      },
    ]);
  });

  it("HT-08 is not read without an id", () => {
    const read = () => toWireTransaction({ time: "1.5", type: "LIMIT_ORDER_REJECT" });
    expect(read).toThrow(expect.objectContaining({ code: "BROKER_UNAVAILABLE" }));
  });

  it("lends its labels to what follows: the newest orders are remembered", () => {
    const book = new Map();
    const orders = Array.from({ length: 5_010 }, (_, index) => ({
      id: `${index}`,
      time: "1.5",
      type: "LIMIT_ORDER",
      clientExtensions: { id: `o${index}` },
    }));
    toTransactions(orders.map(toWireTransaction), book);
    expect(book.size).toBe(5_000);
    expect(book.has("9")).toBe(false);
    expect(book.has("10")).toBe(true);
  });
});

describe("ids", () => {
  it("for all whole numbers: ids compare as numbers do", () => {
    const id = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(id, id, (left, right) => {
        const expected = left < right ? -1 : left > right ? 1 : 0;
        expect(Math.sign(compareIds(`${left}`, `${right}`))).toBe(expected);
        expect(Math.sign(compareIds(`00${left}`, `${right}`))).toBe(expected);
      }),
    );
  });
});
