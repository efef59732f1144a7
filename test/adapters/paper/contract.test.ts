import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import { decimal } from "../../../src/core/money.ts";
import type { VenueStore } from "../../../src/ports/venue-store.ts";
import { brokerContract } from "../../contract/broker.ts";
import { closeWhole } from "../../contract/broker-steps.ts";
import { aStore } from "../../history/sqlite/support.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";

const ACCOUNT = { id: "paper-001", alias: null, region: "US", currency: "USD" } as const;

async function aBroker(store: VenueStore) {
  const connection = openPaperConnection({
    profile: { accounts: [ACCOUNT] },
    store,
    clock: new FakeClock(),
    balance: decimal("400000"),
  });
  const broker = connection.broker(ACCOUNT.id);
  const subject = {
    connection,
    broker,
    instrument: "EUR_USD",
    largeUnits: "9000000",
    unfillableUnits: "11000000",
    cleanup: async () => {
      await closeWhole(subject, (await broker.state()).trades);
      await connection.close();
    },
  };
  return subject;
}

brokerContract("the paper broker in memory", () => aBroker(new MemoryVenueStore()));
brokerContract("the paper broker in the user's database", () => aBroker(aStore().venue));
