import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { newUser, PATIENCE } from "../support/program.ts";

vi.setConfig(PATIENCE);

const hasHledger = isHere("hledger");
const hasBeancount = isHere("bean-check");

function isHere(program: string): boolean {
  const isFound = spawnSync(program, ["--version"]).status === 0;
  if (!isFound) console.warn(`${program} isn't here: its tests are left out`);
  return isFound;
}

const HEADER =
  "id,account,time,type,brokerType,instrument,side,units,price,realizedPl,commission,financing,amount,currency";
const ROWS = [
  "1,a 1;x,2026-03-01T00:00:00Z,funding,TRANSFER_FUNDS,,,,,0,0,0,100000,USD",
  "2,a 1;x,2026-03-02T00:00:00Z,fill,ORDER_FILL,EUR_USD,buy,1000,1.0810,-12.3456,0.35,-0.0001,-12.6957,USD",
  "3,a 1;x,2026-03-02T00:00:00Z,fee,MONTHLY; FEE,,,,,0,0,0,-5,USD",
  "4,konto,2026-03-03T00:00:00Z,other,DIVIDEND (x),DE30_EUR,,,,0,0,0,1234567890.12,EUR",
];

describe.skipIf(!hasHledger)("the journal for hledger", () => {
  it("is accepted, and has the history's totals to the last digit", async () => {
    const file = await exported("hledger");
    execFileSync("hledger", ["check", "-f", file]);
    expect(totalsOf(file, "assets")).toEqual({ USD: "99982.3043", EUR: "1234567890.12" });
    expect(totalsOf(file, "income:trading")).toEqual({ USD: "12.3456" });
    expect(totalsOf(file, "expenses")).toEqual({ USD: "5.35" });
  });
});

describe.skipIf(!hasBeancount)("the file for beancount", () => {
  const TOTALS = [
    "Assets:Broker:Paper:A-1-x 99982.3043 ~ 0 USD",
    "Assets:Broker:Paper:Konto 1234567890.12 ~ 0 EUR",
    "Income:Trading 12.3456 ~ 0 USD",
    "Expenses:Fees 5 ~ 0 USD",
    "Expenses:Commission 0.35 ~ 0 USD",
  ];

  it("is accepted, and has the history's totals to the last digit", async () => {
    const file = await exported("beancount");
    for (const total of TOTALS) appendFileSync(file, `2026-12-31 balance ${total}\n`);
    expect(checked(file)).toBe("");
    appendFileSync(file, "2026-12-31 balance Income:Financing 0.0002 ~ 0 USD\n");
    expect(checked(file)).toContain("Balance failed for 'Income:Financing'");
  });
});

/** What beancount finds wrong. */
function checked(file: string): string {
  return spawnSync("bean-check", ["--no-cache", file], { encoding: "utf8" }).stderr.trim();
}

/** The history as a file for account books. */
async function exported(format: string): Promise<string> {
  const user = newUser();
  const stdin = `${HEADER}\n${ROWS.join("\n")}\n`;
  const imported = await user.run("history import -", { stdin });
  expect(imported.code, imported.stderr).toBe(0);
  const { stdout } = await user.run(`history export --format ${format}`);
  const file = join(user.home, `history.${format}`);
  writeFileSync(file, stdout);
  return file;
}

/** What hledger makes of an account, by commodity. */
function totalsOf(file: string, account: string): Record<string, string> {
  const csv = execFileSync(
    "hledger",
    ["balance", "-f", file, account, "-N", "--layout=bare", "-O", "csv", "--depth", "1"],
    { encoding: "utf8" },
  );
  const lines = csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.replaceAll('"', "").split(","));
  return Object.fromEntries(
    lines.map(([, commodity = "", amount = ""]) => [commodity, decimal(amount).toString()]),
  );
}
