// Orders of a process that lives: over connections that are open, one at a time and a hundred at once.
import { join } from "node:path";
import { Pool } from "undici";
import { toMarketCall } from "../../src/adapters/oanda/order-requests.ts";
import { interleave, medianRatio, mediansOf, timed } from "../compare.mjs";
import { openBenchDesk } from "../desk.mjs";
import { startHelper } from "../lab.mjs";
import { openRawSocket, post } from "../raw-socket.mjs";

const ORDERS_PER_ROUND = 20;
const FAR_ORDERS_PER_ROUND = 4;
const ONE_WAY_MS = 25;
const BURST = 100;
/** As many as the program's own pool opens. */
const CONNECTIONS = 6;

export async function measureWarm(lab, { rounds }) {
  const server = await lab.server();
  const bench = await openBenchDesk(lab.folder, server);
  const raw = await openRawSocket(Number(new URL(server.url).port));
  const order = nextOrderOf(bench);
  const times = await interleave(
    {
      raw: async () => {
        const request = postOf(server, await order());
        return timed(() => post(raw, request));
      },
      warm: async () => {
        const next = await order();
        return timed(() => bench.place(next));
      },
    },
    { rounds: rounds * ORDERS_PER_ROUND, warmup: ORDERS_PER_ROUND },
  );
  raw.close();
  await bench.close();
  const [floor, warm] = [times.raw, times.warm].map((each) => mediansOf(each, ORDERS_PER_ROUND));
  const ratio = medianRatio(warm, floor);
  return [{ row: "warm order p50 ÷ raw warm socket", ratio, must: 2, aim: 1.5 }];
}

export async function measureFar(lab, { rounds }) {
  const server = await lab.server();
  const script = join(import.meta.dirname, "../delay-line.mjs");
  const { port } = new URL(server.url);
  const line = JSON.parse(await startHelper(lab, [script, port, String(ONE_WAY_MS)]));
  const bench = await openBenchDesk(lab.folder, {
    ...server,
    url: `http://127.0.0.1:${line.port}`,
  });
  const echo = await openRawSocket(line.echoPort);
  const order = nextOrderOf(bench);
  const times = await interleave(
    {
      roundTrip: () => timed(() => echo.exchange(".", () => true)),
      order: async () => {
        const next = await order();
        return timed(() => bench.send(next));
      },
    },
    { rounds: rounds * FAR_ORDERS_PER_ROUND, warmup: FAR_ORDERS_PER_ROUND },
  );
  echo.close();
  await bench.close();
  const [trip, far] = [times.roundTrip, times.order].map((each) =>
    mediansOf(each, FAR_ORDERS_PER_ROUND),
  );
  const row = "warm journaled order p50 ÷ round trip of 50 ms";
  return [{ row, ratio: medianRatio(far, trip), must: 1.1, aim: 1.05 }];
}

export async function measureBurst(lab, { rounds }) {
  const server = await lab.server();
  const bench = await openBenchDesk(lab.folder, server);
  const pool = new Pool(server.url, { connections: CONNECTIONS, keepAliveTimeout: 60_000 });
  const { bare, journaled } = await interleave(
    {
      bare: async () => {
        const requests = (await bench.orders(BURST)).map((order) => postOf(server, order));
        return timed(() => Promise.all(requests.map((request) => postByPool(pool, request))));
      },
      journaled: async () => {
        const orders = await bench.orders(BURST);
        return timed(() => Promise.all(orders.map(bench.send)));
      },
    },
    { rounds },
  );
  await pool.close();
  await bench.close();
  const row = "100 journaled orders at once ÷ bare undici burst";
  return [{ row, ratio: medianRatio(journaled, bare), must: 2.5, aim: 1.75 }];
}

/** One order after the other, a buy and a sell in turn for each of the two that are compared. */
function nextOrderOf(bench) {
  let waiting = [];
  return async () => {
    if (waiting.length === 0) {
      const [buy, sell] = await bench.orders(2);
      const [otherBuy, otherSell] = await bench.orders(2);
      waiting = [buy, otherBuy, sell, otherSell];
    }
    return waiting.shift();
  };
}

/** The very request that the program sends for an order. */
function postOf({ account, token }, { cleared }) {
  const { path, body } = toMarketCall(cleared);
  return { path: `/v3/accounts/${account}${path}`, token, body: JSON.stringify(body) };
}

async function postByPool(pool, { path, token, body }) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await pool.request({ method: "POST", path, headers, body });
  const answer = await response.body.json();
  if (!answer.orderFillTransaction) throw new Error("the order was not filled");
}
