import { describe, expect, it, vi } from "vitest";
import { aUser, drafts, idsOf, keptAside } from "../e2e/restore-user.ts";
import { PATIENCE } from "../support/program.ts";
import { openTerminal } from "../support/pseudo-terminal.ts";

vi.setConfig(PATIENCE);

const CTRL_C = "\u0003";
const QUESTION = "in the database's place?";

describe("the question of a restore", () => {
  it.each(["", "--json", "--quiet"])(
    "comes after what each of the two holds, and Ctrl-C leaves all as it was (%s)",
    async (option) => {
      const { user, backup } = await aUser();
      const words = ["history", "restore", backup, option].filter(Boolean);
      const terminal = openTerminal(user, words);
      await terminal.untilShown(QUESTION);
      const [before] = terminal.shown().split(QUESTION);
      expect(before).toMatch(/Backup: \d+ audit entries, .*1 orders, 1 transactions\./);
      expect(before).toMatch(/Now in place: \d+ audit entries, .*1 orders, 3 transactions\./);
      terminal.type(CTRL_C);
      expect(await terminal.exit()).toBe(130);
      expect(await idsOf(user)).toEqual(["new-1", "new-2", "old-1"]);
      expect([keptAside(user), drafts(user)]).toEqual([[], []]);
    },
  );
});
