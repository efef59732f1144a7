import { expect, it } from "vitest";
import { openOandaConnection } from "../../../src/adapters/oanda/connection.ts";
import { Secret } from "../../../src/core/secret.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { failureOf } from "../../resilience/loopback.ts";

const options = { token: new Secret("t"), clock: systemClock, version: "1.0.0" };

it.each([
  ["live", "api-fxtrade.oanda.com"],
  ["practice", "api-fxpractice.oanda.com"],
] as const)("a %s connection without a host of its own goes to %s", async (environment, host) => {
  const connection = openOandaConnection({ ...options, profile: { environment, host: null } });
  await connection.close();
  const failure = await failureOf(connection.accounts());
  expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
  expect(failure.message).toContain(host);
});

it("CF-05 a host that isn't encrypted is refused", () => {
  const profile = { environment: "live", host: "http://api-fxtrade.oanda.com" } as const;
  expect(() => openOandaConnection({ ...options, profile })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
});
