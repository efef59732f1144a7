import { readyForProbe } from "../../core/circuit.ts";
import { Failure } from "../../core/failures.ts";
import { instrumentNames } from "../../core/instrument.ts";
import { openLiveSession } from "../../streaming/live-session.ts";
import type { Desk } from "../../trading/desk.ts";
import { findInstrument, instrumentsOf } from "../../trading/desk.ts";
import { readInstruments } from "../../trading/last-answers.ts";
import type { Context } from "../context.ts";
import type { Line } from "./live-desk.ts";

/** How often listeners hear of changes at the most: as often as the screen is drawn. */
const FRAME_MS = 100;

/** A connection and its accounts, to be opened and closed by hand. */
export function openLine(context: Context, desks: readonly Desk[]): Line {
  const [first, ...others] = desks;
  if (!first) throw new RangeError("a connection needs at least one account");
  const { profile, capabilities, policy } = first;
  const accountOf = ({ account, broker }: Desk) => ({
    id: account.id,
    alias: account.alias,
    broker,
  });
  return {
    name: profile.name,
    desks,
    open: (watchlist) =>
      openLiveSession({
        clock: context.clock,
        random: Math.random,
        maxQuoteAgeMs: policy.limits.maxQuoteAgeMs,
        timeText: context.theme.times.text,
        frameMs: FRAME_MS,
        sources: [
          {
            name: profile.name,
            brokerName: profile.broker,
            environment: profile.environment,
            capabilities,
            accounts: [accountOf(first), ...others.map(accountOf)],
            instruments: () => instrumentsOf(first),
            letTry: async () => {
              const { circuits } = await context.store();
              const now = context.clock.now();
              await circuits.update(profile.name, (circuit) => readyForProbe(circuit, now));
            },
            watchlist,
          },
        ],
      }),
  };
}

/**
 * The instruments to show of each connection: those named, else those configured that it has.
 * @throws Failure INSTRUMENT_NOT_FOUND for a name that no connection knows.
 */
export async function wantedInstruments(
  context: Context,
  lines: readonly Line[],
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { settings } = await context.configuration();
  const wanted = names.length > 0 ? names : settings.display.watchlist;
  const found = await Promise.all(
    lines.map(async ({ name, desks }) => [name, await knownOf(desks, wanted)] as const),
  );
  const [first] = lines;
  for (const name of names) {
    const isKnown = found.some(([, known]) =>
      instrumentNames(name).some((one) => known.includes(one)),
    );
    // Says what was meant, perhaps.
    if (!isKnown && first?.desks[0]) await findInstrument(first.desks[0], name);
  }
  return new Map(found);
}

/** Those of `names` that the connection trades; all of them while it can't be asked. */
async function knownOf(
  [desk]: readonly Desk[],
  names: readonly string[],
): Promise<readonly string[]> {
  if (!desk) return [];
  try {
    const known = new Set((await readInstruments(desk)).map(({ name }) => name));
    return [
      ...new Set(
        names.flatMap((name) => instrumentNames(name).find((one) => known.has(one)) ?? []),
      ),
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [...new Set(names.flatMap((name) => instrumentNames(name)[0] ?? []))];
  }
}
