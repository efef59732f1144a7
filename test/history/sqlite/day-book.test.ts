import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { at } from "./records.ts";
import { aStore } from "./support.ts";

const DAY = 86_400;

describe("the equity that a day began with", () => {
  it("is the first one seen, by any process, and exact", async () => {
    const { dayBook, path } = aStore();
    const account = { connection: "paper", account: "001" };
    const first = decimal("90071992547409931.2345678901");
    expect(await dayBook.equityAtDayStart(account, at(DAY), first)).toEqual(first);
    const later = await aStore(path).dayBook.equityAtDayStart(account, at(DAY), decimal("9500"));
    expect(later.toString()).toBe("90071992547409931.2345678901");
  });

  it("is kept for each day and each account", async () => {
    const { dayBook } = aStore();
    const equityOf = async (account: string, day: number, equity: string) => {
      const key = { connection: "paper", account };
      return (await dayBook.equityAtDayStart(key, at(day * DAY), decimal(equity))).toString();
    };
    expect(await equityOf("001", 1, "10000")).toBe("10000");
    expect(await equityOf("002", 1, "-20.5")).toBe("-20.5");
    expect(await equityOf("001", 2, "11000")).toBe("11000");
    expect(await equityOf("001", 1, "12000")).toBe("10000");
  });
});
