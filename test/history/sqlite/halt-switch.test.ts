import { describe, expect, it } from "vitest";
import { at } from "./records.ts";
import { aStore, bareConnection, rejectionOf } from "./support.ts";

const FIRST = { since: at(0), reason: "loss limit" };
const SECOND = { since: at(60), reason: "by hand" };

describe("the kill switch", () => {
  it("stops one connection, seen at once by every process, until it is resumed", async () => {
    const { halts, path } = aStore();
    const others = aStore(path).halts;
    await halts.halt("oanda", FIRST);
    expect(await others.haltOf("oanda")).toEqual(FIRST);
    expect(await others.haltOf("paper")).toBeNull();
    expect(await others.resume("oanda")).toBe(true);
    expect(await halts.haltOf("oanda")).toBeNull();
    expect(await halts.resume("oanda")).toBe(false);
  });

  it("stops every connection at once; resuming one of them doesn't lift it", async () => {
    const { halts } = aStore();
    await halts.halt(null, FIRST);
    expect(await halts.haltOf("paper")).toEqual(FIRST);
    expect(await halts.resume("paper")).toBe(false);
    expect(await halts.haltOf("paper")).toEqual(FIRST);
    expect(await halts.resume(null)).toBe(true);
    expect(await halts.haltOf("paper")).toBeNull();
  });

  it("is lifted everywhere when all are resumed", async () => {
    const { halts } = aStore();
    await halts.halt("oanda", FIRST);
    expect(await halts.resume(null)).toBe(true);
    expect(await halts.haltOf("oanda")).toBeNull();
  });

  it("keeps the first reason, and names a connection's own before the common one", async () => {
    const { halts } = aStore();
    await halts.halt("oanda", FIRST);
    await halts.halt("oanda", SECOND);
    await halts.halt(null, SECOND);
    expect(await halts.haltOf("oanda")).toEqual(FIRST);
    await halts.resume("oanda");
    expect(await halts.haltOf("oanda")).toEqual(SECOND);
  });

  it("DB-03 says that trading is not halted when the switch can't be written", async () => {
    const { halts, path } = aStore();
    await halts.halt("paper", FIRST);
    bareConnection(path).exec("BEGIN IMMEDIATE");
    const halted = await rejectionOf(halts.halt(null, FIRST));
    expect(halted.code).toBe("STORAGE_BUSY");
    expect(halted.message).toContain("The halt is NOT in force");
    expect((await rejectionOf(halts.resume("paper"))).message).toContain("still in force");
  });

  it("DB-05 says that nothing was sent when the switch can't be read", async () => {
    const { halts, path } = aStore();
    bareConnection(path).exec("DROP TABLE halts");
    const failure = await rejectionOf(halts.haltOf("paper"));
    expect(failure.code).toBe("STORAGE_CORRUPT");
    expect(failure.message).toContain("nothing was sent");
  });
});
