import { Failure } from "../../core/failures.ts";
import { positionsOf } from "../../core/position.ts";
import { openBatchDesk } from "../../trading/batch-desk.ts";
import { cancelOrder } from "../../trading/cancel-order.ts";
import { changeExits, changesExits, exitsCosts } from "../../trading/change-exits.ts";
import { closePosition, targetIn } from "../../trading/close-position.ts";
import { type Desk, instrumentsOf, selecting } from "../../trading/desk.ts";
import type { OrderReport } from "../../trading/order-report.ts";
import { findPending } from "../../trading/pending-orders.ts";
import { placeOrder } from "../../trading/place-order.ts";
import { grouped, signedMoney } from "../../ui/output/numbers.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { PLAIN_THEME } from "../../ui/output/theme.ts";
import { commandText } from "../../ui/terminal/dialogs/ticket.ts";
import type {
  AccountRef,
  Ask,
  ExitsForm,
  Outcome,
  PositionRef,
  Question,
  Ticket,
  WatchActions,
} from "../../ui/terminal/watch-desk.ts";
import { recordEnding } from "../command-record.ts";
import type { Context } from "../context.ts";
import { choicesText, tradeChoicesOf } from "../exit-choices.ts";
import { draftOf } from "../order/entry.ts";
import { costsLines, failureOf, itemsPreview } from "../order-answers.ts";
import { portionOf } from "../positions/close.ts";
import { runInside, verbsInside } from "./inner-command.ts";
import type { LiveDesk } from "./live-desk.ts";
import { orderQuestion, wordFor } from "./order-question.ts";

/** What the screen can do, each by the road that its command takes. */
export function watchActions(context: Context, live: LiveDesk): WatchActions {
  const deskOf = ({ connection, account }: AccountRef): Desk => {
    const found = live.deskOf(connection, account);
    if (found) return found;
    throw new Failure("ACCOUNT_NOT_FOUND", `${connection}/${account} is not on this screen.`);
  };
  /** Whatever came of it, the accounts may have changed. */
  const attempt = async (words: string, work: () => Promise<Outcome>): Promise<Outcome> => {
    const startedMs = context.clock.monotonicMs();
    try {
      return await work();
    } catch (error) {
      const failure = toFailure(error);
      recordEnding(context, { words, failure, startedMs });
      return failedOutcome(failure);
    } finally {
      live.refresh();
    }
  };
  const inside = (words: readonly string[]) =>
    attempt(words.join(" "), async () => {
      const { text, exitCode } = await runInside(context, words, NOBODY);
      return { level: exitCode === 0 ? "good" : "bad", text };
    });
  return {
    verbs: verbsInside(context),
    placeTicket: (ticket, ask) =>
      attempt("watch order", () => place(context, deskOf(ticket.account), { ticket, ask })),
    close: (target, portion, ask) =>
      attempt("watch close", () => close(context, deskOf(target), { target, portion, ask })),
    changeExits: (target, form, ask) =>
      attempt("watch exits", () => exits(context, deskOf(target), { target, form, ask })),
    cancel: (order, ask) =>
      attempt("watch cancel", () => cancel(context, deskOf(order), { id: order.orderId, ask })),
    halt: (connection) => inside(["connect", "halt", connection, "--reason", "halted from watch"]),
    resume: (connection) => inside(["connect", "resume", connection]),
    connect: async (connection) =>
      live.connect(connection)
        ? { level: "good", text: `Connecting ${connection}.` }
        : { level: "note", text: `${connection} is connected, or being tried.` },
    disconnect: async (connection) =>
      (await live.disconnect(connection))
        ? { level: "good", text: `Disconnected ${connection}: nothing is heard of it. C connects.` }
        : { level: "note", text: `${connection} is disconnected already.` },
    refresh: () => live.refresh(),
    addInstrument: (connection, instrument) => {
      live.addInstrument(connection, instrument);
      return { level: "good", text: `Added ${instrument} of ${connection}.` };
    },
    removeInstrument: (connection, instrument) => {
      live.removeInstrument(connection, instrument);
      return { level: "good", text: `Took ${instrument} off the list. a adds it again.` };
    },
    instruments: async (account) =>
      (await instrumentsOf(deskOf(account))).map(({ name, displayName }) => ({
        name,
        displayName,
      })),
    run: async (words, ask) => {
      const { text } = await runInside(context, wordsOf(words), ask);
      live.refresh();
      return { title: `tmt-broker ${words}`, text };
    },
  };
}

/** Commands that ask nothing. */
const NOBODY: Ask = async () => false;

async function place(
  context: Context,
  desk: Desk,
  { ticket, ask }: { readonly ticket: Ticket; readonly ask: Ask },
): Promise<Outcome> {
  const draft = draftOf(context, draftGiven(ticket), draftOptions(ticket));
  const { environment } = desk.profile;
  const { report, preview } = await placeOrder(desk, draft, {
    isDryRun: false,
    signal: context.signal,
    confirm: (shown, costs) => {
      const setting = { environment, command: commandText(ticket), theme: context.theme };
      return required(ask, orderQuestion(shown, costs, setting));
    },
  });
  return outcomeOf(context, report, preview.built.order.kind);
}

function draftGiven({ side, instrument, size }: Ticket) {
  const isRisk = size.trim().endsWith("%");
  return { side, instrument: instrument.trim(), units: isRisk ? undefined : size.trim() };
}

/** The ticket's fields as the options of `order buy` would have them. */
function draftOptions({ size, type, price, expires, stopLoss, takeProfit, trailing }: Ticket) {
  const isWaiting = type !== "market";
  return {
    type,
    ...(size.trim().endsWith("%") ? { risk: size.trim() } : {}),
    ...(isWaiting && price.trim() !== "" ? { price: price.trim() } : {}),
    ...(isWaiting && expires.trim() !== "" ? { expires: expires.trim() } : {}),
    ...given("sl", stopLoss),
    ...given("tp", takeProfit),
    ...given("trailing", trailing),
  };
}

/** An exit as its option has it: bare for the default, `--no-…` for `none`, left out when the field is empty. */
function given<N extends string>(name: N, text: string): { readonly [K in N]?: string | true } {
  const value = text.trim();
  if (value === "" || value === "none") return {};
  return { [name]: value === "default" ? true : value } as { [K in N]?: string | true };
}

/** Sends only after a yes. @throws Failure CONFIRMATION_REQUIRED: nothing was sent. */
async function required(ask: Ask, question: Question): Promise<boolean> {
  if (await ask(question)) return true;
  throw new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was sent.");
}

type Closing = { readonly target: PositionRef; readonly portion: string; readonly ask: Ask };

async function close(context: Context, desk: Desk, { target, portion, ask }: Closing) {
  const text = portion.trim();
  const { account, trades } = await desk.broker.state();
  const found = targetIn(positionsOf(trades), target.instrument);
  const { direction, units, instrument, unrealizedPl } = found.position;
  const report = await closePosition(desk, found, {
    portion: portionOf(text === "" ? undefined : text),
    isDryRun: false,
    signal: context.signal,
    confirm: (_verdict, costs) =>
      required(ask, {
        title: `CLOSE ${text === "" ? "all" : text} of ${direction} ${grouped(units)} ${instrument}`,
        lines: [
          `P&L of all of it now: ${signedMoney(unrealizedPl, account.currency)}`,
          ...costsLines(costs, { currency: account.currency, kind: "close" }),
          `account   ${desk.profile.name}/${desk.account.id}`,
          `same as: tmt-broker positions close ${instrument}${text === "" ? "" : ` --units ${text}`} ${selecting(desk)}`,
        ],
        environment: desk.profile.environment,
        word: wordFor(desk.profile.environment),
      }),
  });
  return outcomeOf(context, report, "close");
}

type Exits = { readonly target: PositionRef; readonly form: ExitsForm; readonly ask: Ask };

async function exits(context: Context, desk: Desk, { target, form, ask }: Exits): Promise<Outcome> {
  const choices = tradeChoicesOf({
    ...choice("sl", form.stopLoss),
    ...choice("tp", form.takeProfit),
    ...choice("trailing", form.trailing),
  });
  const { trades } = await desk.broker.state();
  const { position } = targetIn(positionsOf(trades), target.instrument);
  const concerned = position.trades.filter((one) => changesExits(choices, one));
  const chosen = concerned.length > 0 ? concerned : position.trades;
  const shared = openBatchDesk(desk);
  const preview = await itemsPreview(chosen, {
    line: ({ id, units }) => `trade ${id}: ${grouped(units)} units`,
    costs: (trade) => exitsCosts(shared, trade, choices),
    kind: "exits",
  });
  await required(ask, {
    title: `EXITS of ${position.direction} ${grouped(position.units)} ${position.instrument}`,
    lines: [
      choicesText(choices),
      ...preview.split("\n"),
      `account   ${desk.profile.name}/${desk.account.id}`,
    ],
    environment: desk.profile.environment,
    word: wordFor(desk.profile.environment),
  });
  const outcomes: Outcome[] = [];
  // One after the other, oldest first, as the command does it.
  for (const trade of chosen) {
    const options = { choices, isDryRun: false, signal: context.signal, confirm: NOT_AGAIN };
    outcomes.push(outcomeOf(context, await changeExits(desk, trade, options), "exits"));
  }
  const worst = outcomes.find(({ level }) => level === "bad") ?? outcomes.at(-1);
  return worst ?? { level: "note", text: "Nothing was to be changed." };
}

/** It was asked about already. */
const NOT_AGAIN = async () => false;

function choice<N extends string>(name: N, text: string) {
  const value = text.trim() === "none" ? false : given(name, text)[name];
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: string | boolean };
}

async function cancel(
  context: Context,
  desk: Desk,
  { id, ask }: { readonly id: string; readonly ask: Ask },
): Promise<Outcome> {
  const state = await desk.broker.state();
  const order = await findPending(desk, id, state);
  const { side, type, units, instrument, price } = order;
  const report = await cancelOrder(desk, order, {
    state,
    isDryRun: false,
    signal: context.signal,
    confirm: () =>
      required(ask, {
        title: `CANCEL order ${id}`,
        lines: [
          `${side} ${type} ${grouped(units)} ${instrument}${price ? ` at ${price}` : ""}`,
          `same as: tmt-broker order cancel ${id} ${selecting(desk)}`,
        ],
        environment: desk.profile.environment,
        word: wordFor(desk.profile.environment),
      }),
  });
  return outcomeOf(context, report, "cancel");
}

type Kind = NonNullable<Parameters<typeof orderText>[1]["kind"]>;

/** The command's own first line; a "no" in its own words. */
function outcomeOf(context: Context, report: OrderReport, kind: Kind): Outcome {
  const failure = failureOf(report);
  if (failure) {
    recordEnding(context, {
      words: `watch ${kind}`,
      failure,
      startedMs: context.clock.monotonicMs(),
    });
    return failedOutcome(failure);
  }
  const [summary = ""] = orderText(
    report,
    { riskAtStop: null, sizing: null, kind },
    PLAIN_THEME,
  ).split("\n");
  return { level: "good", text: summary };
}

function failedOutcome({ code, message, hint }: Failure): Outcome {
  const level = code === "CONFIRMATION_REQUIRED" ? "note" : "bad";
  return { level, text: [message, hint].filter(Boolean).join(" ") };
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure("INTERNAL", `The program failed: ${message}`, {
    hint: "See what was sent with: tmt-broker order reconcile",
    cause: error,
  });
}

/** Words as a shell would split them: quotes keep spaces. */
function wordsOf(text: string): readonly string[] {
  const found = text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return [...found].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
}
