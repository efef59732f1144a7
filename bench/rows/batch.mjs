// A hundred signals at once on the whole road of a batch: read, reviewed, journaled, sent, settled.
import { Pool } from "undici";
import { submitOrders } from "../../src/trading/submit-orders.ts";
import { interleave, median, medianRatio, quantile } from "../compare.mjs";
import { aDraft, openBenchDesk } from "../desk.mjs";

const BATCH = 100;
/** As many as the program's own pool opens. */
const CONNECTIONS = 6;

/**
 * The program's own share of an order's time is what it takes longer than the bare requests of the same orders, in the
 * same round: the same two reads, then a hundred posts at once over as many connections. What the server and the line
 * need, and waiting for a free connection, is in both.
 */
export async function measureBatch(lab, { rounds }) {
  const server = await lab.server();
  const bench = await openBenchDesk(lab.folder, server, { isGuarded: true });
  const pool = new Pool(server.url, { connections: CONNECTIONS, keepAliveTimeout: 60_000 });
  const times = await interleave(
    {
      bare: () => bareTimes(pool, server),
      batch: (round) => batchTimes(bench.desk, `${process.pid}-${round}`),
    },
    { rounds, between: server.flatten },
  );
  await pool.close();
  await bench.close();
  const at = (share) => (latencies) => quantile(latencies, share);
  const [bare, batch] = [times.bare.map(at(0.99)), times.batch.map(at(0.99))];
  const own = median(batch.map((value, round) => value - bare[round]));
  const [bareWhole, batchWhole] = [times.bare.map(at(1)), times.batch.map(at(1))];
  return [
    { row: "100 signals at once, p99 of the own share, ms", ratio: own, must: 100, aim: 60 },
    {
      row: "100 signals at once ÷ two bare reads and a bare undici burst",
      ratio: medianRatio(batchWhole, bareWhole),
      must: 4,
      aim: 2.5,
    },
  ];
}

/** When each order of a batch had its outcome, in milliseconds since the batch began. */
async function batchTimes(desk, name) {
  const drafts = Array.from({ length: BATCH }, (_, index) => aDraft("buy", `${name}-${index}`));
  const latencies = [];
  const start = performance.now();
  await submitOrders(desk, drafts, {
    atOnce: BATCH,
    isDryRun: false,
    signal: new AbortController().signal,
    onSettled: ({ report, failure }) => {
      if (report?.status !== "filled") throw failure ?? new Error(`an order was ${report.status}`);
      latencies.push(performance.now() - start);
    },
  });
  if (latencies.length !== BATCH) throw new Error(`${latencies.length} orders were settled`);
  return latencies;
}

async function bareTimes(pool, { account, token }) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const root = `/v3/accounts/${account}`;
  const ask = async (method, path, body) => {
    const response = await pool.request({ method, path: `${root}${path}`, headers, body });
    return response.body.json();
  };
  const order = { type: "MARKET", instrument: "EUR_USD", units: "100", timeInForce: "FOK" };
  const body = JSON.stringify({ order });
  const latencies = [];
  const start = performance.now();
  const prices = "/pricing?instruments=EUR_USD&includeHomeConversions=true";
  await Promise.all([ask("GET", prices), ask("GET", "")]);
  const post = async () => {
    const answer = await ask("POST", "/orders", body);
    if (!answer.orderFillTransaction) throw new Error("the order was not filled");
    latencies.push(performance.now() - start);
  };
  await Promise.all(Array.from({ length: BATCH }, post));
  return latencies;
}
