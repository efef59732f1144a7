import { expect, it } from "vitest";
import { A, fixture, openScripted } from "./scripted-oanda.ts";

it.each([
  [true, true],
  [false, undefined],
])("an account says whether it hedges: %s", async (hedgingEnabled, isHedging) => {
  const answer = fixture("get-account");
  const body = { ...answer, account: { ...Object(answer.account), hedgingEnabled } };
  const { broker } = await openScripted({ [`GET ${A}`]: { body } });
  expect((await broker.state()).account.isHedging).toBe(isHedging);
});
