import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { newUser, type User, type Words } from "../support/program.ts";

const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";
const ROW = "2026-03-01T12:00:00Z,fill,EUR_USD,buy,1,1.0,0,USD";

export async function done(user: User, words: Words, stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

export async function documentOf(user: User, words: Words) {
  return JSON.parse(
    await done(user, [...(typeof words === "string" ? words.split(" ") : words), "--json"]),
  );
}

export function fileOf({ home }: User): string {
  return join(home, "tmt-broker.db");
}

export function keptAside({ home }: User): readonly string[] {
  return readdirSync(home).filter((name) => name.includes(".before-restore-"));
}

export function drafts({ home }: User): readonly string[] {
  return readdirSync(home).filter((name) => /\.(restore|part)/.test(name));
}

export async function importOf(user: User, ids: readonly string[]): Promise<void> {
  const lines = ids.map((id) => `${id},${ROW}`);
  await done(user, "history import - -a x", `${HEADER}\n${lines.join("\n")}\n`);
}

export async function idsOf(user: User): Promise<readonly string[]> {
  const rows = await documentOf(user, "history list --all");
  return rows.map(({ id }: { id: string }) => id).toSorted();
}

/** A user with a backup of yesterday, and a day since. */
export async function aUser(): Promise<{ readonly user: User; readonly backup: string }> {
  const user = newUser();
  await done(user, "order buy EUR_USD 1000 --sl 20p --signal sig-1");
  await importOf(user, ["old-1"]);
  const backup = join(user.home, "backup.copy");
  await done(user, ["history", "backup", backup]);
  await importOf(user, ["new-1", "new-2"]);
  return { user, backup };
}
