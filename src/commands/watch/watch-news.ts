import type { AccountState } from "../../ports/broker.ts";
import type { LiveAccount } from "../../ports/live.ts";
import { followNews } from "../../trading/follow-news.ts";
import type { Context } from "../context.ts";
import { guardAccount } from "../guarding.ts";
import { tellNews } from "../news.ts";
import type { LiveDesk } from "./live-desk.ts";

/** Tells what happens to the accounts of `live` while they are watched, and guards trades; gives the function that ends it. */
export async function watchNews(context: Context, live: LiveDesk): Promise<() => Promise<void>> {
  const { notify } = (await context.configuration()).settings;
  if (!notify.orders) return async () => undefined;
  const { noticeMarks: marks } = await context.store();
  const follower = followNews({
    marks,
    clock: context.clock,
    tell: async (news) => {
      if (notify.bell) context.terminal.ring();
      const { note: show, tellOrders: tell, alerts, theme } = context;
      const isTold = await tellNews(news, { times: theme.times, show, tell, alerts });
      const desk = live.deskOf(news.connection, news.account);
      if (desk) await guardAccount(context, desk);
      return isTold;
    },
    onFailure: (error, { profile }) =>
      context.log.write("warn", `The news of ${profile.name} can't be read: ${error.message}`, {
        action: "news",
        outcome: "failure",
        connection: profile.name,
        error,
      }),
  });
  const look = () => {
    for (const account of live.getSnapshot().accounts) {
      const state = stateOf(account);
      const desk = state && live.deskOf(account.connection, account.id);
      if (desk) follower.see(desk, state);
    }
  };
  const unsubscribe = live.subscribe(look);
  look();
  return async () => {
    unsubscribe();
    await follower.close();
  };
}

/** What was last read of an account; null before it was. */
function stateOf({ account, positions, pendingOrders }: LiveAccount): AccountState | null {
  const trades = positions.flatMap(({ position }) => position.trades);
  return account && { account, trades, pendingOrders };
}
