import { describe } from "vitest";
import { brokerContract } from "../../contract/broker.ts";
import { openPractice } from "./practice.ts";

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  brokerContract("OANDA", async () => {
    const { connection, broker, close } = await openPractice(transport);
    return {
      connection,
      broker,
      instrument: "EUR_USD",
      largeUnits: "9000000",
      unfillableUnits: "11000000",
      cleanup: close,
    };
  });
});
