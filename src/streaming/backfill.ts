import type { Transaction } from "../core/transaction.ts";
import { isLaterId } from "../core/transaction-id.ts";
import type { Broker } from "../ports/broker.ts";

/** What a broker gives at most at a time; less than that is all there is. */
const PAGE = 1000;
/** More than this isn't a gap any more. */
const MOST_PAGES = 1000;

/**
 * Everything in the broker's log after `sinceId`, oldest first, each entry once, page by page.
 * @throws Failure as `Broker.transactionsSince` does.
 */
export async function* entriesSince(
  broker: Pick<Broker, "transactionsSince">,
  sinceId: string,
): AsyncGenerator<readonly Transaction[]> {
  let last = sinceId;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const entries = await broker.transactionsSince(last);
    const fresh: Transaction[] = [];
    for (const entry of entries) {
      if (!isLaterId(entry.id, last)) continue;
      fresh.push(entry);
      last = entry.id;
    }
    if (fresh.length > 0) yield fresh;
    if (entries.length < PAGE || fresh.length === 0) return;
  }
}
