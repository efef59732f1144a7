import { stripVTControlCharacters } from "node:util";
import { Failure } from "../../core/failures.ts";
import type { Order } from "../../core/order.ts";
import type { LiveAccount, LiveSnapshot } from "../../ports/live.ts";
import type { Desk } from "../../trading/desk.ts";
import { ACCOUNT_PANELS, PANELS, type PanelName } from "../../ui/terminal/state.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { isUnicodeTerminal } from "../unicode-terminal.ts";
import { watchActions } from "./actions.ts";
import { LiveDesk } from "./live-desk.ts";
import { openLine, wantedInstruments } from "./open-line.ts";
import { watchNews } from "./watch-news.ts";

export type WatchOptions = {
  /** As typed; empty for the configured list. */
  readonly names: readonly string[];
  readonly isAll: boolean;
  readonly isPlain: boolean;
  /** Everything, or the accounts alone: without prices, and without trading. */
  readonly subject: "all" | "accounts";
};

/** Shows the live view until its user ends it. */
export async function runWatch(context: Context, options: WatchOptions): Promise<void> {
  /** Said again on the screen, which hides what was said before it. */
  const remarks: string[] = [];
  const remark = (text: string) => {
    context.note(text);
    remarks.push(text);
  };
  const desks = await desksOf(context, options.isAll, remark);
  const lines = desks.map((each) => openLine(context, each));
  const isOfAccounts = options.subject === "accounts";
  const wanted = isOfAccounts ? NONE : await wantedInstruments(context, lines, options.names);
  const live = new LiveDesk(context, lines, wanted);
  const endNews = await watchNews(context, live);
  try {
    if (options.isPlain) {
      const { watchPlainly } = await import("./watch-plainly.ts");
      await watchPlainly(context, live, { hasFigures: isOfAccounts });
    } else {
      await showScreen(context, live, { remarks, panels: isOfAccounts ? ACCOUNT_PANELS : PANELS });
    }
  } finally {
    await endNews();
    await live.close();
  }
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map();

type Shown = { readonly remarks: readonly string[]; readonly panels: readonly PanelName[] };

async function showScreen(
  context: Context,
  live: LiveDesk,
  { remarks, panels }: Shown,
): Promise<void> {
  const [{ openScreen }, { WatchController }, { settings }] = await Promise.all([
    import("../../ui/terminal/open-screen.tsx"),
    import("../../ui/terminal/controller.ts"),
    context.configuration(),
  ]);
  const { palette, glyphs } = settings.display;
  const controller = new WatchController({
    source: live,
    actions: watchActions(context, live),
    clock: context.clock,
    times: context.theme.times,
    settings: {
      panels,
      palette: isColorless(context) ? "none" : palette,
      isAscii: glyphs === "ascii" || (glyphs === "auto" && !isUnicodeTerminal(context.environment)),
    },
  });
  if (remarks.length > 0) controller.note(remarks.join(" "));
  // The screen has colours of its own.
  context.terminal.divertNotes((text) => controller.note(stripVTControlCharacters(text)));
  try {
    await openScreen(controller, context.signal);
  } finally {
    context.terminal.divertNotes(null);
  }
  for (const errand of controller.underWay()) {
    context.note(`${errand}: was under way. What became of it: tmt-broker order reconcile`);
  }
  context.note(farewell(live.getSnapshot()));
}

function isColorless({ theme }: Context): boolean {
  return theme.bold("x") === "x";
}

/** What stays behind when the screen goes. */
function farewell({ accounts }: LiveSnapshot): string {
  if (accounts.some(({ account }) => account === null)) {
    return "Closed the watch. What is open at the broker isn't known here: tmt-broker positions";
  }
  const positions = accounts.reduce((sum, one) => sum + one.positions.length, 0);
  const orders = accounts.reduce((sum, one) => sum + entriesOf(one).length, 0);
  return `Closed the watch. ${counted(positions, "position")} open, ${counted(orders, "order")} waiting: they stay at the broker.`;
}

/** The exits of open trades go with their positions. */
function entriesOf({ pendingOrders }: LiveAccount): readonly Order[] {
  return pendingOrders.filter(({ tradeId }) => tradeId === null);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** The desks of each connection that is shown, at least one each. A connection that can't be opened is left out of all. */
async function desksOf(
  context: Context,
  isAll: boolean,
  remark: (text: string) => void,
): Promise<readonly (readonly Desk[])[]> {
  const chosen = isAll
    ? [...(await context.configuration()).profiles.values()]
    : [await context.profile()];
  const found = await Promise.all(
    chosen.map(async (profile) => {
      try {
        const desks = await context.desks(profile);
        for (const desk of desks) await settleQuietly(context, desk, remark);
        return desks.length > 0 ? desks : [await context.desk()];
      } catch (error) {
        if (!isAll || !(error instanceof Failure)) throw error;
        remark(`${profile.name} is left out: ${error.message}`);
        return [];
      }
    }),
  );
  const open = found.filter((desks) => desks.length > 0);
  if (open.length > 0) return open;
  throw new Failure("BROKER_UNAVAILABLE", "No connection could be opened.", {
    hint: "See: tmt-broker connect status",
  });
}

/** A broker that is away is what the screen is there to show. */
async function settleQuietly(
  context: Context,
  desk: Desk,
  remark: (text: string) => void,
): Promise<void> {
  try {
    await settleFirst(context, desk);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    remark(error.message);
  }
}
