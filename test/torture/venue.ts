import { decimal } from "../../src/core/money.ts";
import type { FaultKind } from "../../src/paper/v20-server/faults.ts";
import { INSTRUMENTS, type Prices } from "./plan.ts";
import { type Server, TOKEN } from "./program.ts";

/** An entry of the venue's own log, as any client reads it. */
export type Entry = {
  readonly id: string;
  readonly type: string;
  readonly reason?: string;
  readonly instrument?: string;
  readonly units?: string;
  readonly price?: string;
  readonly pl?: string;
  readonly financing?: string;
  readonly commission?: string;
  readonly guaranteedExecutionFee?: string;
  readonly accountBalance?: string;
  readonly orderID?: string;
  readonly clientOrderID?: string;
  readonly replacesOrderID?: string;
  readonly tradeClose?: { readonly tradeID: string };
  readonly clientExtensions?: { readonly id?: string; readonly tag?: string };
};

/** What the venue says of an account. */
export type VenueAccount = {
  readonly id: string;
  readonly log: readonly Entry[];
  readonly balance: string;
  /** Net units by instrument. */
  readonly positions: ReadonlyMap<string, string>;
};

/** The venue over REST: its faults, its log, its accounts. */
export function openVenue({ url }: Pick<Server, "url">) {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, { headers, ...init });
    if (!response.ok) throw new Error(`${path} was answered ${response.status}`);
    return Object(await response.json());
  };
  const logOf = async (account: string): Promise<readonly Entry[]> => {
    const log: Entry[] = [];
    for (;;) {
      const since = log.at(-1)?.id ?? "1";
      const body = await ask(`/v3/accounts/${account}/transactions/sinceid?id=${since}`);
      log.push(...body.transactions);
      if ((log.at(-1)?.id ?? "1") === body.lastTransactionID) return log;
    }
  };
  return {
    async setFaults(rates: Partial<Record<FaultKind, number>>): Promise<void> {
      await ask("/practice/faults", { method: "PUT", body: JSON.stringify(rates) });
    },
    /** The most requests that came in any second. */
    maxPerSecond: async (): Promise<number> => (await ask("/practice/requests")).maxPerSecond,
    async prices(account: string): Promise<Prices> {
      const names = INSTRUMENTS.join(",");
      const { prices } = await ask(`/v3/accounts/${account}/pricing?instruments=${names}`);
      return new Map(
        prices.map(({ instrument, closeoutBid }: { instrument: string; closeoutBid: string }) => [
          instrument,
          { bid: decimal(closeoutBid), precision: closeoutBid.split(".")[1]?.length ?? 0 },
        ]),
      );
    },
    async account(id: string): Promise<VenueAccount> {
      const { account } = await ask(`/v3/accounts/${id}/summary`);
      const { positions } = await ask(`/v3/accounts/${id}/openPositions`);
      const net = (each: { long: { units: string }; short: { units: string } }) =>
        decimal(each.long.units).plus(decimal(each.short.units)).toString();
      return {
        id,
        log: await logOf(id),
        balance: account.balance,
        positions: new Map(
          positions.map((each: Parameters<typeof net>[0] & { instrument: string }) => [
            each.instrument,
            net(each),
          ]),
        ),
      };
    },
    /** Listens to an account's transactions, again and again, until it is told to stop. */
    listen: (account: string) =>
      listen(`${url}/v3/accounts/${account}/transactions/stream`, headers),
  };
}

function listen(url: string, headers: Readonly<Record<string, string>>): () => Promise<void> {
  const stop = new AbortController();
  const work = async () => {
    while (!stop.signal.aborted) {
      try {
        const response = await fetch(url, { headers, signal: stop.signal });
        for await (const _ of response.body ?? []) if (stop.signal.aborted) return;
      } catch {
        // It is dropped as often as the fault wants.
      }
    }
  };
  const done = work();
  return async () => {
    stop.abort();
    await done;
  };
}
