// The practice server under load: an account with a history and open trades, asked over several open connections.
import { join } from "node:path";
import { PROGRAM } from "../child.mjs";
import { interleave, medianRatio, timed } from "../compare.mjs";
import { startHelper } from "../lab.mjs";
import { openRawSocket } from "../raw-socket.mjs";

const TOKEN = "bench-token";
const CONNECTIONS = 4;
const REQUESTS_PER_ROUND = 400;
const OPEN_TRADES = 100;
/** Orders that were there before the first measured one. */
const ORDERS_BEFORE = 10_000;
const PAIRS = ["GBP_USD", "AUD_USD", "USD_CAD", "USD_CHF", "EUR_GBP"];

export async function measureServer(lab, { rounds }) {
  const practice = await openTarget(await startPractice(lab));
  const script = join(import.meta.dirname, "../peers/constant-server.mjs");
  const constant = await openTarget(JSON.parse(await startHelper(lab, [script])).port);
  for (let trade = 0; trade < OPEN_TRADES; trade += 1) {
    await practice.ask(0, openingOf(practice, trade));
  }
  await practice.askAll(ORDERS_BEFORE, (index) => marketOf(practice, index));
  const prices = get(`${practice.account}/pricing?instruments=EUR_USD`);
  const [priceSize, orderSize] = [
    await practice.ask(0, prices),
    await practice.ask(0, marketOf(practice, 0)),
  ];
  const many = (target, make) => timed(() => target.askAll(REQUESTS_PER_ROUND, make));
  const times = await interleave(
    {
      floorPrices: () => many(constant, () => get(`/${priceSize}`)),
      prices: () => many(practice, () => prices),
      floorOrders: () => many(constant, (index) => post(`/${orderSize}`, bodyOf(index))),
      orders: () => many(practice, (index) => marketOf(practice, index + 1)),
    },
    { rounds },
  );
  await practice.close();
  await constant.close();
  return [
    {
      row: "practice server, prices ÷ bare node:http",
      ratio: medianRatio(times.prices, times.floorPrices),
      must: 3.5,
      aim: 2.5,
    },
    {
      row: "practice server, orders ÷ bare node:http",
      ratio: medianRatio(times.orders, times.floorOrders),
      must: 10,
      aim: 6,
    },
  ];
}

async function startPractice(lab) {
  const args = [PROGRAM, "practice", "serve", "--port", "0", "--token", TOKEN, "--json", "-q"];
  const line = await startHelper(lab, [...args, "--region", "NONE", "--balance", "10000000"]);
  const { url, accounts } = JSON.parse(line);
  return { port: Number(new URL(url).port), account: `/v3/accounts/${accounts[0]}` };
}

/** Connections to a server; what they ask is answered with success, or it is an error. */
async function openTarget(target) {
  const { port, account } = typeof target === "number" ? { port: target } : target;
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => openRawSocket(port)));
  const ask = async (connection, request) => {
    const answer = await sockets[connection].exchange(request, isWhole);
    if (!/^HTTP\/1.1 20[01]/.test(answer)) throw new Error(`refused: ${answer.slice(0, 300)}`);
    return answer.length - answer.indexOf("\r\n\r\n") - 4;
  };
  return {
    account,
    ask,
    /** `count` requests, each connection sending its next as soon as the last is answered. */
    askAll: (count, make) => {
      let next = 0;
      const run = async (_, connection) => {
        while (next < count) {
          next += 1;
          await ask(connection, make(next));
        }
      };
      return Promise.all(sockets.map(run));
    },
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

function isWhole(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  return text.length >= end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1]);
}

const HEAD = `host: 127.0.0.1\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json`;

function get(path) {
  return `GET ${path} HTTP/1.1\r\n${HEAD}\r\n\r\n`;
}

function post(path, body) {
  return `POST ${path} HTTP/1.1\r\n${HEAD}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function marketOf({ account }, index) {
  return post(`${account}/orders`, bodyOf(index));
}

/** A buy and a sell in turn, so that the position doesn't grow. */
function bodyOf(index) {
  const units = index % 2 === 1 ? "100" : "-100";
  return JSON.stringify({ order: { type: "MARKET", instrument: "EUR_USD", units } });
}

/** A trade that stays, with a stop and a target far away. */
function openingOf({ account }, index) {
  const instrument = PAIRS[index % PAIRS.length];
  const stopLossOnFill = { distance: "0.3" };
  const takeProfitOnFill = { price: "5" };
  const units = String(1000 + index);
  const order = { type: "MARKET", instrument, units, stopLossOnFill, takeProfitOnFill };
  return post(`${account}/orders`, JSON.stringify({ order }));
}
