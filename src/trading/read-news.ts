import { Failure } from "../core/failures.ts";
import { type Notice, noticeOf } from "../core/notice.ts";
import type { Order } from "../core/order.ts";
import { msBetween } from "../core/time.ts";
import { hasStop, type Trade } from "../core/trade.ts";
import type { Transaction } from "../core/transaction.ts";
import { idsBetween, isLaterId } from "../core/transaction-id.ts";
import type { AccountState, Broker } from "../ports/broker.ts";
import type { Journal } from "../ports/journal.ts";
import type { NoticeMarks } from "../ports/notice-marks.ts";
import type { Desk } from "./desk.ts";
import type { OrderReport, ReportedFill } from "./order-report.ts";
import { type OwnOrders, readOwnOrders } from "./own-orders.ts";

/** What is needed to find out what happened to an account. */
export type NewsDesk = Pick<
  Desk,
  "profile" | "account" | "clock" | "isOwnerAlive" | "actor" | "nakedTrades"
> & {
  readonly journal: Pick<Journal, "recent">;
  readonly broker: Pick<Broker, "transactionsSince" | "order">;
};

/** What happened to an account since somebody was last told. */
export type News = {
  readonly connection: string;
  readonly account: string;
  readonly currency: string;
  /** Oldest first. */
  readonly notices: readonly Notice[];
  /** So many transactions before them were too many to be looked at. */
  readonly skipped: number;
};

/** Tells people; false when nobody could be told. */
export type TellNews = (news: News) => Promise<boolean>;

export type TakeOptions = {
  readonly marks: NoticeMarks;
  readonly tell: TellNews;
};

/** As many as a broker gives at a time: more than these are not looked at one by one. */
const MOST_LOOKED_AT = 1000;
/** Orders of ours that are asked for by their id where the log isn't read whole. */
const MOST_ASKED = 20;
/** Requests of ours that entries are compared with: more than what is looked at can come from. */
const MOST_OWN = 1200;
/** The newest of ours nearly always; a batch may have sent many at once. */
const LATEST_OWN = [1, 100] as const;
/** What was read longer ago says nothing of a mark that has moved since. */
const CURRENT_MS = 10_000;

/**
 * Tells what happened to an account up to `state` that no answer has told: each of it once, over all processes of the user.
 * The mark moves after the telling, so that a process that dies in between makes it told twice, never lost. Nothing is asked
 * of the broker while its newest transaction is the marked one, or all since are known to be our own. False when something
 * is still under way, and has to be looked at again.
 * @throws Failure when the log can't be read: nothing was told, and the mark is where it was.
 */
export async function takeNews(
  desk: NewsDesk,
  state: AccountState,
  { marks, tell }: TakeOptions,
): Promise<boolean> {
  const key = { connection: desk.profile.name, account: desk.account.id };
  const newest = state.account.lastTransactionId;
  const mark = await marks.read(key);
  if (mark === null) {
    await marks.begin(key, newest);
    return true;
  }
  if (!isLaterId(newest, mark)) {
    const isCurrent = msBetween(state.account.asOf, desk.clock.now()) <= CURRENT_MS;
    if (newest !== mark && isCurrent) await followReset(desk, { mark, newest }, marks);
    return true;
  }
  if (await isOwnOnly(desk, state, mark)) {
    await marks.move(key, { from: mark, to: newest });
    return true;
  }
  const owner = desk.actor.process;
  const claimed = await marks.claim(key, { owner, isAlive: desk.isOwnerAlive });
  if (claimed === null) return true;
  let through: string | null = null;
  try {
    const own = await readOwnOrders(desk, MOST_OWN);
    const found = await findNews({ desk, state, own, since: claimed });
    const { currency } = state.account;
    const { notices, skipped } = found;
    await noteNaked(desk, state, { own, notices });
    const isToldOf = notices.length > 0 || skipped > 0;
    const isTold = !isToldOf || (await tell({ ...key, currency, notices, skipped }));
    if (isTold) through = found.through;
    return isTold && !isLaterId(newest, found.through);
  } finally {
    await marks.release(key, owner, through);
  }
}

/**
 * A log that is shorter than what was told of it is another one, or its reading lags behind: only the broker's word that it
 * has no such transaction sets the mark back.
 */
async function followReset(
  desk: NewsDesk,
  { mark, newest }: { readonly mark: string; readonly newest: string },
  marks: NoticeMarks,
): Promise<void> {
  const { broker, profile, account } = desk;
  // An order of ours, sent since the account was read, has moved the mark.
  for (const most of LATEST_OWN) if ((await readOwnOrders(desk, most)).named(mark)) return;
  const key = { connection: profile.name, account: account.id };
  const isThere = await broker.transactionsSince(mark).then(
    () => true,
    (error: unknown) => !(error instanceof Failure && !error.retryable),
  );
  if (!isThere) await marks.move(key, { from: mark, to: newest });
}

/** Whether the answers to our own requests named everything since the mark, and told all there is to tell of it. */
async function isOwnOnly(desk: NewsDesk, state: AccountState, mark: string): Promise<boolean> {
  const newest = state.account.lastTransactionId;
  const between = idsBetween(mark, newest);
  if (between === null || between > MOST_LOOKED_AT) return false;
  // Each request makes a transaction at the least.
  const own = await readOwnOrders(desk, Number(between));
  for (let id = BigInt(mark) + 1n; id <= BigInt(newest); id += 1n) {
    if (!own.named(`${id}`)) return false;
  }
  return nakedTrades({ desk, state, own, since: mark }, newest).length === 0;
}

type Finding = {
  readonly desk: NewsDesk;
  readonly state: AccountState;
  readonly own: OwnOrders;
  readonly since: string;
};

type Found = {
  readonly notices: readonly Notice[];
  readonly skipped: number;
  /** What was looked at. */
  readonly through: string;
};

async function findNews({ desk, state, own, since }: Finding): Promise<Found> {
  const newest = state.account.lastTransactionId;
  const from = lookedAtFrom(since, newest);
  const entries = await desk.broker.transactionsSince(from);
  const notices: Notice[] = [];
  let through = from;
  for (const entry of entries) {
    const ownership = own.ownershipOf(entry);
    if (ownership === "open") break;
    through = entry.id;
    const notice = ownership === "news" ? noticeOf(entry) : null;
    if (notice && !isMended(notice, state.trades)) notices.push(notice);
  }
  const skipped = Number(idsBetween(since, from) ?? 0n);
  const gone = skipped > 0 ? await askForGone({ desk, state, own, since }, entries) : [];
  const naked = nakedTrades({ desk, state, own, since }, through).filter(
    ({ tradeId }) => !notices.some((one) => one.tradeId === tradeId && one.kind === "stop_refused"),
  );
  const described = await describe(desk, [...gone, ...notices], own.reports);
  return { notices: [...described, ...naked], skipped, through };
}

/** Orders of ours that had waited: what is to become of their trades without a stop is for `guardLeft`. */
async function noteNaked(
  { profile, account, nakedTrades }: NewsDesk,
  { trades }: AccountState,
  { own, notices }: { readonly own: OwnOrders; readonly notices: readonly Notice[] },
): Promise<void> {
  for (const { kind, tradeId, brokerCode } of notices) {
    const trade = kind === "stop_refused" ? trades.find(({ id }) => id === tradeId) : undefined;
    const report = own.reports.find((one) => one.clientOrderId === trade?.clientOrderId);
    if (!trade || report?.status !== "pending" || !ENTRY_TYPES.has(report.type)) continue;
    const { clientOrderId } = report;
    const order = { connection: profile.name, account: account.id, clientOrderId };
    await nakedTrades.add({ order, tradeId: trade.id, brokerCode: brokerCode ?? "UNKNOWN" });
  }
}

/** The newest part of a log that has grown long. */
function lookedAtFrom(since: string, newest: string): string {
  const between = idsBetween(since, newest) ?? 0n;
  return between > MOST_LOOKED_AT ? `${BigInt(newest) - BigInt(MOST_LOOKED_AT)}` : since;
}

/** A refused stop is no news where its trade is closed by now, or has a stop. */
function isMended({ kind, tradeId }: Notice, trades: readonly Trade[]): boolean {
  if (kind !== "stop_refused") return false;
  const trade = trades.find(({ id }) => id === tradeId);
  return !trade || hasStop(trade);
}

/** Trades that an order of ours opened since, whose stop was refused and that still have none: its sender may not have told. */
function nakedTrades({ own, state, since }: Finding, through: string): readonly Notice[] {
  return own.reports.flatMap((report) => {
    const { stopRefused, orderId, clientOrderId, instrument, completedAt, fills } = report;
    const trade = state.trades.find(({ id }) => id === stopRefused?.tradeId);
    if (!stopRefused || !trade || hasStop(trade)) return [];
    if (own.reports.some((later) => later !== report && mends(later, trade.id))) return [];
    const isNew = ({ transactionId: id }: ReportedFill) =>
      isLaterId(id, since) && !isLaterId(id, through);
    if (!fills.some(isNew)) return [];
    return [
      {
        ...NO_DETAILS,
        kind: "stop_refused",
        transactionId: trade.id,
        time: completedAt,
        tradeId: trade.id,
        ...{ instrument, orderId, clientOrderId },
        brokerCode: stopRefused.brokerCode,
      },
    ];
  });
}

/** Whether a request of ours has given the trade a stop, or closed it, which a state that was read before doesn't show. */
function mends({ tradeIds, error, stopLoss, trailingStop, status }: OrderReport, tradeId: string) {
  if (error !== null || !tradeIds.includes(tradeId)) return false;
  const isSet = stopLoss !== null || trailingStop !== null;
  return status === "filled" || (status === "pending" && isSet);
}

/**
 * Orders of ours that wait no more although the part of the log that was read doesn't say why: each is asked for by its id
 * before anything is concluded.
 */
async function askForGone(
  { desk, state, own }: Finding,
  entries: readonly Transaction[],
): Promise<readonly Notice[]> {
  const waiting = new Set(state.pendingOrders.map(({ orderId }) => orderId));
  const told = new Set(entries.map(({ orderId }) => orderId));
  const gone = own.reports.filter(
    ({ status, orderId, type }) =>
      status === "pending" && ENTRY_TYPES.has(type) && orderId && !waiting.has(orderId),
  );
  const asked = gone.filter(({ orderId }) => !told.has(orderId)).slice(0, MOST_ASKED);
  const notices = await Promise.all(asked.map(async (report) => goneNotice(desk, report)));
  return notices.flat();
}

const ENTRY_TYPES: ReadonlySet<string> = new Set(["limit", "stop", "mit"]);

async function goneNotice(desk: NewsDesk, report: OrderReport): Promise<readonly Notice[]> {
  const { orderId, clientOrderId, instrument, side } = report;
  const order = await desk.broker.order(orderId ?? "");
  const kind = order ? kindOf(order) : "order_gone";
  if (kind === null) return [];
  return [
    {
      ...NO_DETAILS,
      kind,
      transactionId: order?.endedBy ?? orderId ?? "",
      units: order?.units ?? null,
      ...{ instrument, side, orderId, clientOrderId },
    },
  ];
}

/** null where it waits after all, or somebody put another in its place. */
function kindOf({ state, replacedBy }: Order): Notice["kind"] | null {
  if (state === "pending" || replacedBy !== null) return null;
  return state === "cancelled" ? "order_cancelled" : "order_filled";
}

/** A cancellation may name its order only: what that was is in the journal, or at the broker. */
async function describe(
  desk: NewsDesk,
  notices: readonly Notice[],
  reports: readonly OrderReport[],
): Promise<readonly Notice[]> {
  let asked = 0;
  const described: Notice[] = [];
  for (const notice of notices) {
    const isBare = notice.instrument === null && notice.orderId !== null;
    const report = isBare ? reports.find(({ orderId }) => orderId === notice.orderId) : undefined;
    const mayAsk = isBare && !report && asked < MOST_ASKED;
    if (mayAsk) asked += 1;
    // It is told with less where the broker can't say.
    const order = mayAsk ? await desk.broker.order(notice.orderId ?? "").catch(() => null) : null;
    const { instrument = null, side = null } = report ?? order ?? {};
    const tradeId = notice.tradeId ?? order?.tradeId ?? null;
    const units = order?.units ?? notice.units;
    described.push(isBare ? { ...notice, instrument, side, units, tradeId } : notice);
  }
  return described;
}

const NO_DETAILS = {
  ...{ time: null, instrument: null, side: null, units: null, price: null, realizedPl: null },
  ...{ orderId: null, tradeId: null, clientOrderId: null, brokerCode: null, words: null },
} as const;
