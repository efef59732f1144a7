import { describe, expect, it } from "vitest";
import type { Instrument } from "../../../src/core/instrument.ts";
import { decimal } from "../../../src/core/money.ts";
import { at } from "./records.ts";
import { aStore, bareConnection } from "./support.ts";

const GOLD: Instrument = {
  name: "XAU_USD",
  displayName: "Gold",
  type: "metal",
  baseCurrency: "XAU",
  quoteCurrency: "USD",
  pipSize: decimal("0.01"),
  pricePrecision: 3,
  unitsPrecision: 0,
  minimumUnits: decimal("1"),
  maximumUnits: null,
  marginRate: decimal("0.05"),
  minimumTrailingDistance: null,
  maximumTrailingDistance: null,
  financing: null,
};

describe("the broker's instruments kept at hand", () => {
  it("are what was last read from that account, for every process", async () => {
    const { instruments, path } = aStore();
    expect(await instruments.read("oanda", "001")).toBeNull();
    await instruments.write("oanda", "001", { instruments: [], readAt: at(0) });
    await instruments.write("oanda", "001", { instruments: [GOLD], readAt: at(1) });
    const read = await aStore(path).instruments.read("oanda", "001");
    expect(read).toEqual({ instruments: [GOLD], readAt: at(1) });
    expect(await instruments.read("oanda", "002")).toBeNull();
  });

  it("are given by name where only some are needed", async () => {
    const { instruments } = aStore();
    const silver = { ...GOLD, name: "XAG_USD" };
    await instruments.write("oanda", "001", { instruments: [GOLD, silver], readAt: at(0) });
    const read = await instruments.read("oanda", "001", ["EUR_USD", "XAG_USD"]);
    expect(read).toEqual({ instruments: [silver], readAt: at(0) });
  });

  it("are read from the broker again when the copy has another version's shape", async () => {
    const { instruments, path } = aStore();
    await instruments.write("oanda", "001", { instruments: [GOLD], readAt: at(0) });
    bareConnection(path).exec("UPDATE instrument_cache SET body = '{}'");
    expect(await instruments.read("oanda", "001")).toBeNull();
  });

  it("leave orders as safe as before: the next commit is flushed again", async () => {
    const { instruments, venue, path } = aStore();
    await instruments.write("oanda", "001", { instruments: [GOLD], readAt: at(0) });
    venue.transact("001", (records) => records.saveState("{}"));
    expect(await aStore(path).instruments.read("oanda", "001")).not.toBeNull();
  });
});
