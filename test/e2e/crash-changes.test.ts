import { beforeAll, describe, expect, it, vi } from "vitest";
import { killedAt } from "../support/killed-steps.ts";
import { priceAt, report } from "../support/orders.ts";
import { clockAhead, newUser, PATIENCE, startPractice, type User } from "../support/program.ts";
import { connectOanda } from "../support/venue.ts";

vi.setConfig(PATIENCE);

/** Only each so many-th step of a command's life is its last one here: crash.test.ts takes every one of them. */
const STRIDE = 5;
const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };
/** After that long nothing of a request can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;

type Entry = {
  readonly kind: string;
  readonly data: { readonly clientOrderId?: string; readonly status?: string };
};
type Listed = { readonly orderId: string; readonly price: string; readonly type: string };

async function audit(user: User): Promise<readonly Entry[]> {
  return (await user.run("history audit --json")).json<Entry[]>();
}

/** What the trail says became of the request that was sent after so many entries; null when none was. */
async function conclusionAfter(user: User, count: number): Promise<string | null> {
  const entries = (await audit(user)).slice(count);
  const sent = entries.filter(({ kind }) => kind === "order.sent");
  expect(sent.length).toBeLessThanOrEqual(1);
  const id = sent[0]?.data.clientOrderId;
  if (id === undefined) return null;
  const own = entries.filter(
    ({ kind, data }) => kind !== "order.sent" && data.clientOrderId === id,
  );
  const last = own.at(-1);
  if (!last) throw new Error(`${id} was sent and forgotten`);
  return last.data.status ?? last.kind.replace("order.", "");
}

async function pending(user: User): Promise<readonly Listed[]> {
  return (await user.run("order list --json")).json<Listed[]>();
}

/** One kind of request: how it is prepared, what is run, and whether the venue shows it as carried out. */
type Case = {
  readonly prepare: (user: User) => Promise<string>;
  readonly isDone: (user: User, prepared: string) => Promise<boolean>;
  /** What the trail calls it when it was carried out. */
  readonly done: string;
};

async function placeLimit(user: User): Promise<string> {
  const price = await priceAt(user, -150);
  const placed = await report(user, `order buy EUR_USD 100 --type limit --price ${price}`);
  return `${placed.orderId}`;
}

const CASES: Readonly<Record<string, Case>> = {
  "an entry": {
    done: "pending",
    prepare: async (user) => {
      await user.run("order cancel --all");
      const price = await priceAt(user, -150);
      return `order sell EUR_USD 100 --type mit --price ${price}`;
    },
    isDone: async (user, words) => {
      const price = words.split(" ").at(-1);
      const found = (await pending(user)).filter((order) => order.price === price);
      expect(found.length).toBeLessThanOrEqual(1);
      return found.length === 1;
    },
  },
  "a change": {
    done: "pending",
    prepare: async (user) => {
      await user.run("order cancel --all");
      const id = await placeLimit(user);
      return `order modify ${id} --price ${await priceAt(user, -170)}`;
    },
    isDone: async (user, words) => {
      const orders = (await pending(user)).filter(({ type }) => type === "limit");
      // Never none, never both.
      expect(orders).toHaveLength(1);
      return orders[0]?.price === words.split(" ").at(-1);
    },
  },
  "a cancellation": {
    done: "cancelled",
    prepare: async (user) => `order cancel ${await placeLimit(user)}`,
    isDone: async (user, words) => {
      const id = words.split(" ").at(-1);
      return !(await pending(user)).some(({ orderId }) => orderId === id);
    },
  },
  "a change of exits": {
    done: "pending",
    prepare: async (user) => {
      await user.run("positions close --all");
      const { tradeIds } = await report(user, "order buy EUR_USD 100 --sl 90p");
      return `positions modify ${tradeIds[0]} --sl ${await priceAt(user, -60)}`;
    },
    isDone: async (user, words) => {
      const stops = (await pending(user)).filter(({ type }) => type === "stop_loss");
      expect(stops).toHaveLength(1);
      return stops[0]?.price === words.split(" ").at(-1);
    },
  },
};

/** Kills the command at step after step of its life, each time on something new, until one lives. */
async function killAtSteps(user: User, one: Case, reconcile: () => Promise<void>) {
  const found = new Set<string | null>();
  for (let step = STRIDE; ; step += STRIDE) {
    const words = await one.prepare(user);
    const count = (await audit(user)).length;
    const { code, stderr } = await user.run(words, { env: killedAt(user, step) });
    await reconcile();
    const conclusion = await conclusionAfter(user, count);
    expect(conclusion === one.done, `step ${step}: ${conclusion}`).toBe(
      await one.isDone(user, words),
    );
    found.add(conclusion);
    if (code === null) continue;
    expect(code, stderr).toBe(0);
    expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
    return found;
  }
}

describe("a program that is killed at any moment of", () => {
  it.each(Object.entries(CASES))(
    "PR-01 %s on paper: done or not, never forgotten",
    async (...row) => {
      const [, one] = row;
      const user = newUser();
      const found = await killAtSteps(user, one, async () => {
        const reconciled = await user.run("order reconcile --json");
        expect(reconciled.json(), reconciled.stderr).toMatchObject({ open: [] });
      });
      expect(found).toContain(one.done);
      expect(found).toContain(null);
    },
  );
});

describe("a program that is killed on its way to a practice server with", () => {
  const user = newUser(SECRETS);

  beforeAll(async () => {
    await connectOanda(user, await startPractice(`--token ${TOKEN}`), "--use");
    // A request has many steps, and each of them is an order of its own here.
    expect((await user.run("config set risk.maxOrdersPerMinute 6000")).code).toBe(0);
  });

  it.each(Object.entries(CASES))("PR-01 %s: proven by the server's log", async (...row) => {
    const [, one] = row;
    const env = clockAhead(user, ARRIVAL_MS);
    const found = await killAtSteps(user, one, async () => {
      const reconciled = await user.run("order reconcile --json", { env });
      expect(reconciled.json(), reconciled.stderr).toMatchObject({ open: [] });
    });
    expect(found).toContain(one.done);
  });
});
