import type { OrderFence, StandingOrder } from "../../src/ports/order-fence.ts";
import type { ServerFault } from "./fence-server.ts";
import type { Promised } from "./violation.ts";

/** What may be wrong with the fence between computers, in the program or in what it asks of the server. */
export type FenceDefect = {
  readonly name: string;
  readonly breaks: Promised;
  readonly change?: (fence: OrderFence) => OrderFence;
  readonly fault?: ServerFault;
};

const FREE = { taken: null, doubted: [] } as const;

/** Ways to break what the fence promises: a simulation that doesn't find them finds nothing. */
export const FENCE_DEFECTS: readonly FenceDefect[] = [
  {
    name: "doesn't wait until an order stands",
    breaks: "P1",
    change: (fence) => ({
      ...fence,
      raise: async (order) => {
        fence.raise(order).catch(() => undefined);
        return FREE;
      },
    }),
  },
  {
    name: "ignores what is doubted",
    breaks: "P2",
    change: (fence) => ({
      ...fence,
      raise: async (order) => ({ ...(await fence.raise(order)), doubted: [] }),
    }),
  },
  {
    name: "concludes that an order never left as soon as the log lacks it",
    breaks: "P2",
    change: (fence) => ({
      ...fence,
      doubted: async () => (await fence.doubted()).map(asLongGone),
    }),
  },
  {
    name: "takes a server that fails for a free way",
    breaks: "P2",
    change: (fence) => ({
      ...fence,
      raise: (order) => fence.raise(order).catch(() => FREE),
      made: (signalId) => fence.made(signalId).catch(() => null),
    }),
  },
  {
    name: "claims a signal on its own computer only",
    breaks: "P1",
    change: (fence) => ({
      ...fence,
      // Nor does it heed that the signal's order has the same id everywhere.
      raise: async (order) => {
        const raised = await fence.raise({ ...order, signal: null });
        return order.signal ? { ...raised, taken: null } : raised;
      },
      made: async () => null,
    }),
  },
  {
    name: "deletes whatever has the id",
    breaks: "P2",
    fault: "deletes whatever has the id",
  },
  {
    name: "adopts what others raised",
    breaks: "P1",
    fault: "adopts what others raised",
  },
];

function asLongGone(order: StandingOrder): StandingOrder {
  const report = { ...(order.report as object), submittedAt: "2000-01-01T00:00:00Z" };
  return { ...order, isConnected: false, ageMs: Number.MAX_SAFE_INTEGER, report };
}
