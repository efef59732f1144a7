import { expect, it } from "vitest";
import { openOandaConnection } from "../../../src/adapters/oanda/connection.ts";
import type { ConnectionProfile } from "../../../src/core/connection.ts";
import { Secret } from "../../../src/core/secret.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { failureOf } from "../../resilience/loopback.ts";

type Profile = Pick<ConnectionProfile, "environment" | "host" | "streamHost">;
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

const OWN = "https://127.0.0.1:8443";

it.each<[Partial<Profile> & Pick<Profile, "environment" | "host">, string]>([
  [{ environment: "live", host: null }, "stream-fxtrade.oanda.com"],
  [{ environment: "practice", host: null, streamHost: null }, "stream-fxpractice.oanda.com"],
  [{ environment: "live", host: "https://api-fxtrade.oanda.com" }, "stream-fxtrade.oanda.com"],
  [{ environment: "practice", host: OWN }, "127.0.0.1:8443"],
  [{ environment: "practice", host: OWN, streamHost: "https://127.0.0.1:9443" }, "127.0.0.1:9443"],
  [{ environment: "practice", host: null, streamHost: OWN }, "127.0.0.1:8443"],
])("the streams of %j come from %s", async (profile, host) => {
  const connection = openOandaConnection({ ...options, profile });
  await connection.close();
  const stream = connection.broker("001-001-1-001").streamTransactions(new AbortController());
  const failure = await failureOf(stream[Symbol.asyncIterator]().next());
  expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
  expect(failure.message).toContain(`connection to ${host} `);
});

it("CF-05 a host that isn't encrypted is refused", () => {
  const host = "http://api-fxtrade.oanda.com";
  for (const hosts of [{ host }, { host: null, streamHost: host }]) {
    const profile = { environment: "live", ...hosts } as const;
    expect(() => openOandaConnection({ ...options, profile })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  }
});
