import { expect } from "vitest";
import { type Decimal, decimal, sumOf } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { Finished, User } from "./program.ts";

/** A transaction as the venue itself tells it, with what it changed the balance by. */
export type VenueEntry = {
  readonly id: string;
  readonly type: string;
  readonly balance: string | null;
};

export type Agreement = {
  readonly user: User;
  /** `-c NAME`, and what else selects the account. */
  readonly where: string;
  /** The environment of every command: the program's clock. */
  readonly env: () => Readonly<Record<string, string>>;
  /** The venue's own log; null where nobody but the program can read it. */
  readonly venueLog: (() => Promise<readonly VenueEntry[]>) | null;
  /** Orders that the program placed, as it reported them at the time. */
  readonly reports: OrderReport[];
};

type Row = {
  readonly id: string;
  readonly type: string;
  readonly brokerType: string;
  readonly realizedPl: string;
  readonly commission: string;
  readonly financing: string;
  readonly amount: string;
  readonly balance: string | null;
  readonly price: string | null;
};

function total(rows: readonly object[], key: string): Decimal {
  return sumOf(rows.map((row) => decimal(Object(row)[key])));
}

/**
 * After any step: the journal, the venue's transactions, the history, its sums, the account's balance and the audit log
 * tell the same story, to the last digit.
 */
export async function expectAgreement(
  { user, where, env, venueLog, reports }: Agreement,
  step: string,
): Promise<void> {
  const run = async (words: string): Promise<Finished> => {
    const result = await user.run(`${words} ${where} --json`, { env: env() });
    expect(result.code, `${step}: ${words}: ${result.stderr}`).toBe(0);
    return result;
  };
  const synced = (await run("history sync")).json<readonly { through: string }[]>();
  const rows = (await run("history list --limit 1000")).json<readonly Row[]>().toReversed();
  const [account] = (await run("accounts")).json<readonly Record<string, string>[]>();
  const balance = account?.balance ?? "";
  const booked = rows.filter((row) => row.balance !== null);
  expect(booked.at(-1)?.balance, `${step}: the history's last balance`).toBe(balance);
  expect(`${total(rows, "amount")}`, `${step}: the sum of the history`).toBe(balance);
  // No hole: every id of the venue is there.
  expect(
    rows.map(({ id }) => id),
    `${step}: ids`,
  ).toEqual(rows.map((_, index) => `${index + 1}`));
  expect(synced[0]?.through, `${step}: synced through`).toBe(rows.at(-1)?.id);
  if (venueLog) {
    const theirs = (await venueLog()).map(({ id, type, balance: said }) => [
      id,
      type,
      said && `${decimal(said)}`,
    ]);
    const ours = rows.map(({ id, brokerType, balance: said }) => [id, brokerType, said]);
    expect(ours.slice(-theirs.length), `${step}: the venue's log`).toEqual(theirs);
  }
  const days = (await run("history pnl --by day")).json<readonly object[]>();
  const traded = rows.filter(({ type }) => type === "fill" || type === "financing");
  expect(`${total(days, "net")}`, `${step}: history pnl`).toBe(`${total(traded, "amount")}`);
  expect(`${total(days, "realizedPl")}`, step).toBe(`${total(traded, "realizedPl")}`);
  expect(`${total(days, "financing")}`, step).toBe(`${total(traded, "financing")}`);
  const audit = (await run("history audit")).stdout;
  for (const { fills, orderId, clientOrderId } of reports) {
    for (const fill of fills) {
      const row = rows.find(({ id }) => id === fill.transactionId);
      expect(row, `${step}: fill ${fill.transactionId} of ${clientOrderId}`).toMatchObject({
        price: fill.price,
        realizedPl: fill.realizedPl,
        commission: fill.commission,
        financing: fill.financing,
      });
      expect(audit, step).toContain(`"transactionId":"${fill.transactionId}"`);
    }
    if (orderId === null) continue;
    const shown = (await run(`order show ${orderId}`)).json<{
      readonly report: OrderReport | null;
    }>();
    expect(shown.report?.fills ?? [], `${step}: order show ${orderId}`).toEqual(fills);
  }
  expect((await run("history reconcile")).json(), step).toMatchObject({ drift: [], isWhole: true });
  await run("history verify");
}
