import { expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { newUser, PATIENCE } from "../support/program.ts";
import { openScreen } from "../support/screen.ts";
import { configureLive, LIVE_ACCOUNT, openVenue, ordersSent } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };

it("on a live connection states what a close, new exits and a change cost before it asks", async () => {
  const venue = await openVenue({ token: TOKEN, account: LIVE_ACCOUNT });
  const user = newUser(SECRETS);
  configureLive(user, venue);
  const bought = await user.run("order buy EUR_USD 1000 --sl 50p -c main --yes --json");
  expect(bought.code, bought.stderr).toBe(0);
  const price = decimal(bought.json<{ averagePrice: string }>().averagePrice).minus(
    decimal("0.02"),
  );
  const waits = `order buy EUR_USD 1000 --type limit --price ${price} --sl 20p -c main --yes --json`;
  const { orderId } = (await user.run(waits)).json<{ orderId: string }>();
  const before = ordersSent(venue).length;
  const refusal = /Not confirmed\. Nothing was sent\./;
  for (const [words, ...said] of [
    [
      "positions close EUR_USD",
      /costs: spread 0\.\d\d USD, commission not known/,
      /realises about -/,
      /margin: frees \d+\.\d\d USD, leaves/,
    ],
    ["positions close --all", /close long 1000 EUR_USD/, /realises about -/],
    [
      "positions modify EUR_USD --sl 20p",
      /worst case: 2\.00 USD lost at the stop; more through a gap \(was: 5\.00 USD/,
    ],
    [
      `order modify ${orderId} --units 3000`,
      /takes \d+\.\d\d USD \(was \d+\.\d\d USD\)/,
      /worst case: 6\.00 USD lost .*\(was: 2\.00 USD/,
    ],
  ] as const) {
    const screen = openScreen(user, `${words} -c main`, { columns: 180, rows: 20 });
    await screen.until(words, (text) => said.every((one) => one.test(text)) && text.includes("?"));
    await screen.press("n", "\r");
    await screen.until("refused", (text) => refusal.test(text));
    expect((await screen.exit()).code, words).toBe(10);
  }
  expect(ordersSent(venue).length).toBe(before);
});
