import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";

/** Known defects, as changes of the built program's text: what is there, and what takes its place. */
const DEFECTS = {
  "sends again under another id": [
    'if(!failure.sent)return{kind:"not_sent",failure};',
    'if(failure.sent)return{kind:"outcome",outcome:await desk.broker.place({...cleared,clientOrderId:cleared.clientOrderId+"-2"},{signal})};',
  ],
  "calls it not sent": [
    'if(!failure.sent)return{kind:"not_sent",failure};',
    'return{kind:"not_sent",failure};',
  ],
} as const;

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The start file of a copy of the built program that has this defect and no other. */
export function defectiveCopy(defect: keyof typeof DEFECTS): string {
  const folder = mkdtempSync(join(tmpdir(), "tmt-defect-"));
  folders.push(folder);
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(resolve(part), join(folder, part), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const file = join(folder, "dist/main.js");
  const program = readFileSync(file, "utf8");
  const [sound, broken] = DEFECTS[defect];
  if (program.split(sound).length !== 2)
    throw new Error(`the program isn't as ${defect} expects it`);
  writeFileSync(file, program.replace(sound, broken));
  return join(folder, "bin/tmt-broker.js");
}
