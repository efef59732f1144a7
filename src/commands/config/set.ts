import { sentence } from "../../config/document.ts";
import { withSetting } from "../../config/edit.ts";
import { getKey, listKeys } from "../../config/keys.ts";
import type { Config } from "../../config/load.ts";
import { usageFailure } from "../../core/failures.ts";
import { ROUTING_KEY_ITEM } from "../../ports/alerts.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import { readSecret } from "../connect/secret-input.ts";
import type { Context } from "../context.ts";

export const set: CommandMaker = (context) =>
  examples(
    command("set", "Change a setting; it is checked before it is written")
      .argument("<key>", "e.g. order.stopLoss")
      .argument("<value>", "e.g. 25p")
      .option("--token-stdin", "read PagerDuty's routing key from standard input")
      .action((key: string, value: string, { tokenStdin }: { readonly tokenStdin?: true }) =>
        run(context, { key, value, isFromInput: tokenStdin === true }),
      ),
    [
      "config set order.stopLoss 25p",
      "config set risk.maxUnits 50000",
      "config set notify.pagerduty keychain",
    ],
  );

type Change = { readonly key: string; readonly value: string; readonly isFromInput: boolean };

async function run(context: Context, { key, value, isFromInput }: Change): Promise<void> {
  if (key === "notify.pagerduty" && (value === "keychain" || value === "file")) {
    await storeRoutingKey(context, { place: value, isFromInput });
  }
  if (RULES_KEY.test(key)) await requireRules(key, value);
  if (key === "history.database" && value.startsWith("postgres")) await requireServer(key, value);
  const before = shownValue(await context.configuration(), key);
  const config = await context.changeConfig((document) => withSetting(document, key, value));
  const after = shownValue(config, key);
  const { journal } = await context.store();
  await journal.record([accessRecord(context, "setting.changed", { key, before, after })]);
  context.print(() => `${key} = ${after} (was ${before ?? "not set"})`, getKey(config, key));
}

const RULES_KEY = /^compliance\..+\.rules$/;

/** @throws Failure USAGE naming what is unknown about the rules, and the nearest name. */
async function requireRules(key: string, text: string): Promise<void> {
  const { parseRuleChanges } = await import("../../compliance/rule-changes.ts");
  try {
    parseRuleChanges(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usageFailure(
      `${key}: ${sentence(error.message)} Nothing was changed.`,
      "See the rules of an account, and their parameters: tmt-broker accounts rules --explain RULE",
    );
  }
}

/** @throws Failure USAGE saying what is wrong with the address, as whoever uses it would. */
async function requireServer(key: string, url: string): Promise<void> {
  const { parseServerUrl, ServerUrlError } = await import("../../core/server-url.ts");
  try {
    parseServerUrl(url);
  } catch (error) {
    if (!(error instanceof ServerUrlError)) throw error;
    throw usageFailure(`${key}: ${error.message} Nothing was changed.`, error.hint);
  }
}

/** Private values stay out of the audit log and off the screen. */
function shownValue(config: Config, key: string): string | null {
  const listed = listKeys(config).find((entry) => entry.key === key);
  return (listed ?? getKey(config, key)).value;
}

async function storeRoutingKey(
  context: Context,
  { place, isFromInput }: { readonly place: "keychain" | "file"; readonly isFromInput: boolean },
): Promise<void> {
  const secret = await readSecret(context, isFromInput);
  await (await context.credentialStore(place)).write(ROUTING_KEY_ITEM, secret);
}
