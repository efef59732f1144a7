import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GROUPS } from "./broker.ts";
import { type Case, reasonToSkip } from "./case.ts";
import type { BrokerUnderTest } from "./subject.ts";
import { OANDA_SUBJECTS, PAPER_SUBJECTS, type Subject } from "./subjects.ts";

const FEWEST_CASES = 120;
const DOCUMENT = "docs/adapters.md";

const cases = GROUPS.flatMap((group) => group.cases);

describe("the broker contract", () => {
  it(`has at least ${FEWEST_CASES} cases, each with a name of its own in its group`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(FEWEST_CASES);
    for (const group of GROUPS) {
      const names = group.cases.map((each) => each.name);
      expect(new Set(names).size, group.name).toBe(names.length);
    }
  });

  it("says why a case is skipped", () => {
    const reasons = cases.flatMap((each) => each.needs.map((need) => need.why));
    expect(reasons.filter((reason) => !/^needs \S/.test(reason))).toEqual([]);
  });

  it.each([...OANDA_SUBJECTS, ...PAPER_SUBJECTS])(
    `tells in ${DOCUMENT} how many cases $name is tried on (npm run contract writes it)`,
    async ({ name, make }: Subject) => {
      const subject = await make();
      const expected = GROUPS.map((group) => [group.name, cellOf(group.cases, subject)]);
      await subject.cleanup();
      expect(columnOf(name)).toEqual([...expected, ["all", cellOf(cases, subject)]]);
    },
  );
});

/** Where all of them pass, and anything else would be red. */
function cellOf(tried: readonly Case[], subject: BrokerUnderTest): string {
  const count = tried.filter((each) => reasonToSkip(each, subject) === null).length;
  return count === 0 ? "–" : `${count}/${count}`;
}

/** A broker's column of the table in the document, each cell after its row's name. */
function columnOf(broker: string): readonly (readonly [string, string])[] {
  const rows = readFileSync(DOCUMENT, "utf8").split("\n").map(cellsOf);
  const head = rows.findIndex((cells) => cells.includes(broker));
  const column = rows[head]?.indexOf(broker) ?? -1;
  const body = rows.slice(head + 2);
  const end = body.findIndex((cells) => cells.length === 0);
  return body.slice(0, end).map((cells) => [cells[0] ?? "", cells[column] ?? ""]);
}

function cellsOf(line: string): readonly string[] {
  return line.startsWith("|")
    ? line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
    : [];
}
