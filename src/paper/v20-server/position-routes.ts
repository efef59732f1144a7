import { sumOf } from "../../core/money.ts";
import type { Direction } from "../../core/trade.ts";
import { accountFigures } from "../engine/figures.ts";
import { closePosition, type VenueStep } from "../engine/venue.ts";
import { type AccountCall, type Answer, forAccount, type Handler, noSuch, ok } from "./call.ts";
import { invalidValue, Refusal } from "./errors.ts";
import { extensionsOf, isGiven } from "./fields.ts";
import {
  batchIds,
  createdId,
  halfOf,
  namedTransactions,
  rejectedReply,
  rejectReasonOf,
  withLocation,
} from "./outcome.ts";
import { reasonText } from "./reasons.ts";
import type { Route } from "./router.ts";
import { bodyOf, closeUnitsOf } from "./trade-routes.ts";
import { positionJson, positionsJson, positionValues } from "./wire-positions.ts";

const POSITIONS = "/v3/accounts/{account}/positions";

export const POSITION_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: POSITIONS, handler: forAccount(listPositions) },
  {
    method: "GET",
    path: "/v3/accounts/{account}/openPositions",
    handler: forAccount(listOpenPositions),
  },
  { method: "GET", path: `${POSITIONS}/{instrument}`, handler: forAccount(showPosition) },
  { method: "PUT", path: `${POSITIONS}/{instrument}/close`, handler: forAccount(close) },
];

const DIRECTIONS: readonly Direction[] = ["long", "short"];

function listPositions(call: AccountCall): Answer {
  return ok(call, { positions: positionsJson(call.wire, figuresOf(call)) });
}

function listOpenPositions(call: AccountCall): Answer {
  const { trades, totals } = call.ledger.account;
  const open = new Set(trades.map((trade) => trade.instrument));
  const values = positionValues(figuresOf(call));
  const positions = totals
    .filter(({ instrument }) => open.has(instrument))
    .map((entry) => positionJson(call.wire, entry, values));
  return ok(call, { positions });
}

function showPosition(call: AccountCall): Answer {
  const name = instrumentOf(call);
  const totals = call.ledger.account.totals.find(({ instrument }) => instrument === name);
  if (!totals) return noSuch(call, "NO_SUCH_POSITION");
  return ok(call, { position: positionJson(call.wire, totals, positionValues(figuresOf(call))) });
}

function figuresOf({ ledger, now }: AccountCall) {
  return accountFigures(ledger.venue, ledger.account, now);
}

function instrumentOf({ ledger, parameters }: AccountCall): string {
  const name = parameters.get("instrument") ?? "";
  if (!ledger.venue.feed.instrument(name)) throw invalidValue("instrument");
  return name;
}

type Side = ReturnType<typeof sideOf>;

/** Closes both sides, or those that are named. Where a named side isn't open, nothing at all is closed. */
function close(call: AccountCall): Answer {
  const instrument = instrumentOf(call);
  const sides = namedSides(call, instrument);
  const missing = sides.filter((side) => side.held.isZero());
  const steps = (missing.length > 0 ? missing : sides).map((side) => ({
    side,
    step: closeSide(call, instrument, side),
  }));
  const body = {
    ...Object.assign(
      {},
      ...steps.map(({ side, step }) => namedTransactions(call, step, side.direction)),
    ),
    ...batchIds(
      call,
      steps.map(({ step }) => step),
    ),
  };
  const reason = steps.map(({ step }) => rejectReasonOf(step)).find(isGiven);
  if (reason !== undefined) return rejectedReply(reason, body, statusOf(call, instrument, reason));
  const [first] = steps;
  return withLocation(call, { status: 200, body }, first ? createdId(first.step) : null);
}

/** 404 where the whole position isn't there; 400 where only the side that was named isn't. */
function statusOf({ ledger }: AccountCall, instrument: string, reason: string): number {
  const isOpen = ledger.account.trades.some((trade) => trade.instrument === instrument);
  return reason === "CLOSEOUT_POSITION_DOESNT_EXIST" && !isOpen ? 404 : 400;
}

/** A body that names no side means whatever is open; one that names only NONE means nothing, and is refused. */
function namedSides(call: AccountCall, instrument: string): readonly Side[] {
  const sides = DIRECTIONS.map((direction) => sideOf(call, instrument, direction));
  if (sides.every((side) => side.units === undefined && !side.isNone)) {
    const open = sides.filter((side) => !side.held.isZero());
    return open.length > 0 ? open : sides;
  }
  const named = sides.filter((side) => side.units !== undefined);
  if (named.length > 0) return named;
  const errorCode = "CLOSEOUT_POSITION_INCOMPLETE_SPECIFICATION";
  throw new Refusal(400, reasonText(errorCode), { errorCode });
}

function sideOf(call: AccountCall, instrument: string, direction: Direction) {
  const field = `${direction}Units`;
  const isNone = call.body[field] === "NONE";
  const trades = call.ledger.account.trades.filter(
    (trade) =>
      trade.instrument === instrument && trade.currentUnits.isPositive() === (direction === "long"),
  );
  const held = sumOf(trades.map((trade) => trade.currentUnits.abs()));
  return { direction, isNone, units: isNone ? undefined : closeUnitsOf(bodyOf(call), field), held };
}

function closeSide(call: AccountCall, instrument: string, side: Side): VenueStep {
  const { ledger, now, requestId } = call;
  const units = side.units ?? "ALL";
  const places = ledger.venue.feed.instrument(instrument)?.unitsPrecision ?? 0;
  const limit = call.isPartialFill()
    ? { maximumFillUnits: halfOf(units === "ALL" ? side.held : units, places) }
    : {};
  const clientExtensions = extensionsOf(bodyOf(call), `${side.direction}ClientExtensions`);
  return ledger.run((venue, account) =>
    closePosition(venue, account, {
      instrument,
      direction: side.direction,
      units,
      clientExtensions,
      at: now,
      requestId,
      ...limit,
    }),
  );
}
