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
        ["outcome proof", can.transactionLog ? "transaction log" : "order list"],
        ["price stream", yes(can.priceStream)],
        ["transaction stream", yes(can.transactionStream)],
        [
          "requests a second",
          can.requestsPerSecond === null ? "no limit" : String(can.requestsPerSecond),
        ],
        ["streams at a time", can.streams === null ? "no limit" : String(can.streams)],
      ])}`,
    document,
  );
}
