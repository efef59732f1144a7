import { ruleSetAt } from "../../compliance/rule-set.ts";
import type { ConnectionProfile } from "../../core/connection.ts";
import { fields } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const capabilities: CommandMaker = (context) =>
  examples(
    command("capabilities", "What the broker can do, and what is refused").action(() =>
      run(context),
    ),
    ["accounts capabilities", "accounts capabilities -c oanda --json"],
  );

async function run(context: Context): Promise<void> {
  const profile = await context.profile();
  const connection = await context.connect(profile);
  const can = connection.capabilities;
  const document = {
    connection: profile.name,
    broker: profile.broker,
    environment: profile.environment,
    ...can,
    rules: rulesOfAccounts(context, profile),
  };
  const yes = (flag: boolean) => (flag ? "yes" : "no, refused");
  context.print(
    () =>
      `${context.theme.badge(profile.environment)} ${profile.name}\n${fields([
        ["order types", can.orderTypes.join(", ")],
        ["entry orders wait", can.timesInForce.join(", ")],
        ["attached exits", can.attachedExits.join(", ") || "none, refused"],
        ["changes of orders and exits", yes(can.orderChanges)],
        ["price bound (--max-slippage)", yes(can.priceBound)],
        ["reduce only", yes(can.reduceOnly)],
        ["client order ids", yes(can.clientOrderIds)],
        ["signal, agent, comment", can.clientExtensions ? "kept by the broker" : "kept here only"],
        ["hedging", can.hedging ? "yes" : "no: orders net against what is open, oldest first"],
        ["same sizes with exits (US)", can.fifoSafeguard ? "refused by the broker" : "taken"],
        ["outcome proof", can.transactionLog ? "transaction log" : "order list"],
        ["price stream", yes(can.priceStream)],
        ["transaction stream", yes(can.transactionStream)],
        [
          "requests a second",
          can.requestsPerSecond === null ? "no limit" : String(can.requestsPerSecond),
        ],
        ["streams at a time", can.streams === null ? "no limit" : String(can.streams)],
        ...document.rules.map(rulesField),
      ])}`,
    document,
  );
}

/** Which rules bind the connection's accounts today, on top of what the broker does. */
function rulesOfAccounts(context: Context, { accounts, broker }: ConnectionProfile) {
  return accounts.map((account) => {
    const set = ruleSetAt(account, broker, context.clock.now());
    const active = set.rules.filter(({ enforcement }) => enforcement !== "off");
    return {
      account: account.id,
      region: set.region,
      ruleSet: set.id,
      rules: active.map(({ id }) => id),
      unverified: active.filter(({ status }) => status === "unverified").map(({ id }) => id),
    };
  });
}

function rulesField({
  account,
  region,
  rules,
}: ReturnType<typeof rulesOfAccounts>[number]): [string, string] {
  const names = rules.length === 0 ? "none" : rules.join(", ");
  return [`rules of ${account}`, `region ${region}: ${names} (see accounts rules)`];
}
