import { describe, expect, it } from "vitest";
import { changesText, parseRuleChanges } from "../../../src/compliance/rule-changes.ts";
import { readRule } from "../../../src/compliance/rule-schema.ts";
import { ruleSetAt, ruleSetOn } from "../../../src/compliance/rule-set.ts";
import { RULES, SHIPPED_RULES } from "../../../src/compliance/rules-of-regions.ts";
import { REGIONS } from "../../../src/core/account.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import { rulesOf, TODAY } from "./book.ts";

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const us = (text: string, date = TODAY) =>
  ruleSetOn({ region: "US", broker: "oanda", changes: parseRuleChanges(text) }, date);
const ruleOf = (set: ReturnType<typeof us>, id: string) => set.rules.find((rule) => rule.id === id);

describe("the shipped rules", () => {
  it("are read by the schema that reads a user's", () => {
    expect(SHIPPED_RULES.length).toBeGreaterThan(20);
    for (const rule of SHIPPED_RULES) expect(readRule(rule).id).toBe(rule.id);
  });

  it("say what they ask, and where they are from; unverified ones say why", () => {
    for (const rule of SHIPPED_RULES) {
      expect(rule.title.length).toBeGreaterThan(20);
      expect(rule.source.length).toBeGreaterThan(8);
      if (rule.status === "unverified") expect(rule.note, rule.id).not.toBeNull();
    }
  });

  it("are of their region, by name as well", () => {
    for (const region of REGIONS) {
      for (const rule of RULES[region]) {
        expect(rule.region).toBe(region);
        expect(rule.id.startsWith(`${region.toLowerCase()}-`)).toBe(true);
      }
    }
  });

  it("of one name never overlap and never leave a day between them", () => {
    for (const [id, records] of Map.groupBy(SHIPPED_RULES, (rule) => rule.id)) {
      const sorted = records.toSorted((a, b) => day(a.validFrom) - day(b.validFrom));
      sorted.slice(1).forEach((rule, index) => {
        const before = sorted[index]?.validTo ?? "";
        expect(day(rule.validFrom) - day(before), id).toBe(86_400_000);
      });
    }
  });
});

describe("the set of a day", () => {
  it.each([
    ["2009-05-14", "US", ""],
    ["2009-05-15", "US-2009-05-15", "us-fifo us-hedging"],
    ["2010-10-17", "US-2009-11-30", "us-fifo us-hedging us-leverage"],
    ["2010-10-18", "US-2010-10-18", "us-fifo us-hedging us-leverage us-closeout"],
  ])("on %s is %s", (date, id, ids) => {
    const set = rulesOf("US", date);
    expect(set.id).toBe(id);
    expect(set.rules.map((rule) => rule.id).join(" ")).toBe(ids);
  });

  it("has 1 % until 2010-10-17 and 2 % from the day after", () => {
    const rate = (date: string) => ruleOf(rulesOf("US", date), "us-leverage")?.parameters.others;
    expect([rate("2010-10-17"), rate("2010-10-18")]).toEqual(["4%", "5%"]);
  });

  it("has each temporary table in its time", () => {
    const gbp = (date: string) => {
      const rule = ruleOf(rulesOf("US", date), "us-leverage-table");
      return / ?GBP:(\S+)/.exec(rule?.parameters.rates ?? "")?.[1] ?? null;
    };
    const days = [
      "2016-11-06",
      "2016-11-07",
      "2021-08-09",
      "2021-08-10",
      "2023-03-12",
      "2023-03-13",
    ];
    expect(days.map(gbp)).toEqual([null, "5%", "5%", "3%", "3%", "5%"]);
  });

  it("ends where the law ends", () => {
    const ids = (date: string) => rulesOf("AU", date).rules.map(({ id }) => id);
    expect(ids("2027-05-23")).toEqual(["au-leverage", "au-closeout"]);
    expect(ids("2027-05-24")).toEqual([]);
    expect(rulesOf("AU", "2027-05-24").id).toBe("AU-2027-05-24");
  });

  it("is New York's, and worked out once", () => {
    const account = { region: "US" } as const;
    const before = ruleSetAt(account, "oanda", instantFromMs(Date.UTC(2023, 2, 13, 3, 59)));
    const after = ruleSetAt(account, "oanda", instantFromMs(Date.UTC(2023, 2, 13, 4)));
    expect([before.date, after.date]).toEqual(["2023-03-12", "2023-03-13"]);
    expect(ruleSetAt(account, "oanda", instantFromMs(Date.UTC(2023, 2, 13, 5)))).toBe(after);
  });
});

describe("what a user says about rules", () => {
  it("switches off, warns, and changes numbers", () => {
    const set = us("us-cfd=off, us-leverage-table.rates=GBP:4%, us-fifo.enforcement=warn");
    expect(ruleOf(set, "us-cfd")?.enforcement).toBe("off");
    expect(ruleOf(set, "us-fifo")?.enforcement).toBe("warn");
    expect(ruleOf(set, "us-leverage-table")?.parameters.rates).toBe("GBP:4%");
    expect(set.changes).toBe(
      "us-cfd.enforcement=off, us-leverage-table.rates=GBP:4%, us-fifo.enforcement=warn",
    );
  });

  it("gives the set another name, the same for the same changes", () => {
    const plain = rulesOf("US").id;
    expect(us("us-cfd=off").id).toMatch(/^US-\d{4}-\d\d-\d\d\+[0-9a-f]{8}$/);
    expect(us("us-cfd=off").id.startsWith(plain)).toBe(true);
    expect(us("us-cfd=off").id).toBe(us("us-cfd.enforcement=off").id);
    expect(us("us-cfd=off").id).not.toBe(us("us-cfd=warn").id);
  });

  it("moves the newest of several in time, and no older one", () => {
    const set = us("us-leverage-table.validTo=2026-12-31", "2026-12-31");
    expect(ruleOf(set, "us-leverage-table")?.validTo).toBe("2026-12-31");
    const later = us("us-leverage-table.validTo=2026-12-31", "2027-01-01");
    expect(ruleOf(later, "us-leverage-table")).toBeUndefined();
    expect(
      ruleOf(us("us-leverage-table.validTo=2026-12-31", "2020-01-01"), "us-leverage-table"),
    ).toMatchObject({ validTo: "2020-03-21" });
  });

  it("vouches for an unverified rule with the day the broker said so", () => {
    const rule = ruleOf(us("us-cfd.confirmed=2026-11-20"), "us-cfd");
    expect(rule).toMatchObject({ status: "verified", note: "confirmed by you on 2026-11-20" });
  });

  it("reads back what it writes", () => {
    const text = "us-cfd.enforcement=off, own-cap.check=leverage-cap, own-cap.account=10";
    expect(changesText(parseRuleChanges(text))).toBe(text);
  });

  it.each([
    ["us-fifi=off", 'no rule "us-fifi". Did you mean us-fifo?'],
    ["eu-levrage=off", "Did you mean eu-leverage?"],
    ["us-fifo.partofnewer=block", "Did you mean partOfNewer?"],
    ["us-fifo=of", "Did you mean off?"],
    ["us-fifo.partOfNewer=never", "expected block or warn"],
    ["us-leverage.others=5", "expected a percentage"],
    ["us-leverage.others=0%", "expected a percentage"],
    ["us-leverage.rates=GBP5%", "expected currencies with their rates"],
    ["us-leverage.validTo=2026-02-30", "is no day"],
    ["us-leverage.validTo=2001-01-01", "would end"],
    ["us-cfd.confirmed=yes", "the day your broker said so"],
    ["us-cfd.products=forx", "Did you mean forex?"],
    ["us-cfd=off, us-cfd=warn", "is there twice"],
    ["own-cap.account=10", "needs a check"],
    ["own-cap.check=leverage-cup", "Did you mean leverage-cap?"],
    ["own-cap.check=leverage-cap, own-cap.acount=3", "Did you mean account?"],
    ["us-fifo", "expected RULE=off"],
    ["", "an empty item"],
    ["us-cfd=off,,", "an empty item"],
    ["US-FIFO=off", "expected RULE=off"],
  ])("refuses %s", (text, problem) => {
    expect(() => parseRuleChanges(text)).toThrow(RangeError);
    expect(() => parseRuleChanges(text)).toThrow(problem);
  });
});
