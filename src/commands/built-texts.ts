import { SETTINGS } from "../config/schema.ts";
import { listedNames } from "../paper/feed/catalogue.ts";
import { describeCommands } from "./completion/describe.ts";
import type { Context } from "./context.ts";
import { helpPages } from "./help.ts";

/** What the build keeps beside the program, by file: answers that are given without loading it. */
export async function builtTexts(context: Context): Promise<Record<string, string>> {
  const texts: Record<string, string> = { "completion.json": await completionText(context) };
  for (const [command, text] of Object.entries(await helpPages(context))) {
    texts[`help/${command.replaceAll(" ", ".") || "index"}.txt`] = text;
  }
  return texts;
}

async function completionText(context: Context): Promise<string> {
  return JSON.stringify({
    commands: await describeCommands(context),
    settings: Object.entries(SETTINGS).map(([word, { description }]) => ({
      word,
      summary: description,
    })),
    instruments: listedNames().map((word) => ({ word, summary: word.replace("_", "/") })),
  });
}
