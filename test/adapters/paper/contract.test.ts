import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import { decimal } from "../../../src/core/money.ts";
import { brokerContract } from "../../contract/broker.ts";
import { closeWhole } from "../../contract/broker-steps.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";

brokerContract("the embedded paper broker", async () => {
  const account = { id: "paper-001", alias: null, region: "US", currency: "USD" } as const;
  const connection = openPaperConnection({
    profile: { accounts: [account] },
    store: new MemoryVenueStore(),
    clock: new FakeClock(),
    balance: decimal("400000"),
  });
  const broker = connection.broker(account.id);
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
});
