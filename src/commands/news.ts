import { cleanText, isUrgent, type Notice, noticeText } from "../core/notice.ts";
import type { AlertSink, OrderAlert } from "../ports/alerts.ts";
import type { AccountState } from "../ports/broker.ts";
import type { NoticeMarks } from "../ports/notice-marks.ts";
import { type News, type NewsDesk, takeNews } from "../trading/read-news.ts";
import type { Times } from "../ui/output/times.ts";
import type { Context } from "./context.ts";

/** So many events of an account are told one by one. */
const MOST_TOLD = 5;

/** What is told one by one, oldest first, and of how many others that they are there. */
type Told = { readonly notices: readonly Notice[]; readonly more: number };

/** How news reaches people: each true when it did. */
export type NewsWays = {
  /** In which zone lines tell times. */
  readonly times: Times;
  /** A line for whoever looks; null where nobody does. */
  readonly show: ((line: string) => void) | null;
  readonly tell: ((alerts: readonly OrderAlert[]) => Promise<boolean>) | null;
  readonly alerts: Pick<AlertSink, "raise">;
};

/** An account as it was last read in a run. */
export type ReadAccount = { readonly desk: NewsDesk; readonly state: AccountState };

type CommandNews = Pick<Context, "note" | "log" | "alerts"> & {
  readonly isQuiet: boolean;
  readonly times: Times;
  readonly marks: () => Promise<NoticeMarks>;
  /** null where nobody else is to be told. */
  readonly tell: NewsWays["tell"];
};

/**
 * Tells what happened to accounts that a command has read: in notes, unless it is to be quiet, and whom the user configured.
 * Never fails: the command has done what it should, and the next one tells what this one can't.
 */
export async function tellOfAccounts(
  accounts: readonly ReadAccount[],
  { note, log, alerts, isQuiet, times, marks, tell }: CommandNews,
): Promise<void> {
  const ways = { times, show: isQuiet ? null : note, tell, alerts };
  if (ways.show === null && tell === null) return;
  for (const { desk, state } of accounts) {
    try {
      const options = { marks: await marks(), tell: (news: News) => tellNews(news, ways) };
      await takeNews(desk, state, options);
    } catch (error) {
      const connection = desk.profile.name;
      log.write("warn", `The news of ${connection} can't be read: ${String(error)}`, {
        ...{ action: "news", outcome: "failure", connection, error },
      });
    }
  }
}

/** Tells `news` in every way there is. False when nobody could be told. */
export async function tellNews(news: News, ways: NewsWays): Promise<boolean> {
  const { times, show, tell, alerts } = ways;
  const told = choose(news);
  for (const notice of news.notices)
    if (notice.kind === "stop_refused") alarm(news, notice, alerts);
  for (const line of newsLines(news, told, times)) show?.(line);
  const isToldOf = tell === null ? false : await tell(newsAlerts(news, told));
  return show !== null || isToldOf;
}

/** The same alarm as of the command that sent the order, which may not have lived to raise it: it is told once. */
function alarm(news: News, notice: Notice, alerts: NewsWays["alerts"]): void {
  const { connection, account, currency } = news;
  const { tradeId } = notice;
  const where = `-c ${connection} -a ${account}`;
  alerts.raise({
    kind: "no_stop",
    subject: `${connection} ${tradeId}`,
    summary: `${placeOf(news)}: ${noticeText(notice, currency)}`,
    hint: `Set one with: tmt-broker positions modify ${tradeId} --sl ${where}, or close it: tmt-broker positions close ${tradeId} ${where}`,
    code: "ORDER_REJECTED",
    connection,
    account,
  });
}

/** The newest, but what is urgent before anything else. */
function choose({ notices, skipped }: News): Told {
  const ranked = notices
    .map((notice, at) => ({ notice, at }))
    .toSorted((a, b) => Number(isUrgent(b.notice)) - Number(isUrgent(a.notice)) || b.at - a.at)
    .slice(0, MOST_TOLD)
    .toSorted((a, b) => a.at - b.at);
  const chosen = ranked.map(({ notice }) => notice);
  return { notices: chosen, more: notices.length - chosen.length + skipped };
}

function newsLines(news: News, { notices, more }: Told, times: Times): readonly string[] {
  const place = placeOf(news);
  const lines = notices.map((notice) => {
    const time = notice.time === null ? "" : ` (${times.text(notice.time)})`;
    return `${place}: ${noticeText(notice, news.currency)}${time}`;
  });
  return more > 0 ? [...lines, `${place}: ${moreText(news, more)}`] : lines;
}

function newsAlerts(news: News, { notices, more }: Told): readonly OrderAlert[] {
  const { connection, account, currency } = news;
  const at = { connection, account };
  const alerts = notices.map((notice): OrderAlert => {
    const { kind, ...rest } = notice;
    return {
      kind,
      subject: `${connection} ${account} ${notice.transactionId}`,
      summary: `${placeOf(news)}: ${noticeText(notice, currency)}`,
      hint: null,
      isUrgent: isUrgent(notice),
      ...at,
      notice: rest,
    };
  });
  if (more === 0) return alerts;
  const rest: OrderAlert = {
    kind: "order_filled",
    subject: `${connection} ${account} more`,
    summary: `${placeOf(news)}: ${moreText(news, more)}`,
    hint: null,
    isUrgent: false,
    ...at,
    notice: null,
  };
  return [...alerts, rest];
}

function placeOf({ connection, account }: News): string {
  return cleanText(`${connection}/${account}`);
}

function moreText({ connection }: News, more: number): string {
  return `and ${more} more: tmt-broker history sync -c ${connection}, then tmt-broker history list -c ${connection}`;
}
