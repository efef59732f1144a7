// The price stream at full speed: how long its lines take to become quotes, and whether all of them do.

import { get } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { Secret } from "../../src/core/secret.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { openQuoteFeed } from "../../src/streaming/quote-feed.ts";
import { interleave, medianRatio, timed } from "../compare.mjs";
import { startHelper } from "../lab.mjs";

const { Context } = createRequire(import.meta.url)("@oanda/v20/context");

const LINES = 40_000;
const LINES_OF_PROOF = 200_000;
const ACCOUNT = "101-001-1234567-001";
const NAMES = [
  "EUR_USD",
  "GBP_USD",
  "AUD_USD",
  "NZD_USD",
  "USD_CHF",
  "USD_CAD",
  "EUR_GBP",
  "XAU_USD",
];
const PATH = `/v3/accounts/${ACCOUNT}/pricing/stream?instruments=${NAMES.join("%2C")}`;

export async function measureStream(lab, { rounds }) {
  const origin = await startPrices(lab, LINES);
  const broker = openBroker(lab, origin);
  const times = await interleave(
    {
      bare: () => timed(() => readBare(origin)),
      peer: () => timed(() => readByPeer(origin)),
      parsed: () => timed(() => readQuotes(broker, LINES)),
      shown: () => timed(() => readBoard(broker)),
    },
    { rounds },
  );
  const proof = openBroker(lab, await startPrices(lab, LINES_OF_PROOF));
  const wrong = await readQuotes(proof, LINES_OF_PROOF);
  return [
    {
      row: "price stream, lines to quotes ÷ bare JSON.parse on the same socket",
      ratio: medianRatio(times.parsed, times.bare),
      must: 1.43,
      aim: 1.2,
    },
    {
      row: "the same up to a reader of the board ÷ bare JSON.parse",
      ratio: medianRatio(times.shown, times.bare),
      must: 2.5,
      aim: 2,
    },
    {
      row: "the same, lines to quotes ÷ @oanda/v20",
      ratio: medianRatio(times.parsed, times.peer),
      must: 1.43,
      aim: 1.1,
    },
    { row: "torn or lost lines of 200,000", ratio: wrong, must: 0, aim: 0 },
  ];
}

async function startPrices(lab, count) {
  const script = join(import.meta.dirname, "../peers/price-server.mjs");
  const { port } = JSON.parse(await startHelper(lab, [script, String(count)]));
  return `http://127.0.0.1:${port}`;
}

function openBroker(lab, host) {
  const connection = openOandaConnection({
    profile: { environment: "practice", host },
    token: new Secret("bench-token"),
    clock: systemClock,
    version: "bench",
    transport: "undici",
  });
  lab.onClose(() => connection.close());
  return connection.broker(ACCOUNT);
}

/** The least that anybody can do: cut lines, parse them. */
function readBare(origin) {
  return new Promise((resolve, reject) => {
    const request = get(`${origin}${PATH}`, (response) => {
      let rest = "";
      let seen = 0;
      response.setEncoding("utf8");
      response.on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) if (JSON.parse(line).type === "PRICE") seen += 1;
        if (seen < LINES) return;
        request.destroy();
        resolve();
      });
    });
    request.on("error", reject);
  });
}

/** It takes each chunk for whole lines: torn ones are thrown away, as its users do. */
function readByPeer(origin) {
  const { hostname, port } = new URL(origin);
  const context = new Context(hostname, Number(port), false, "bench");
  let seen = 0;
  return new Promise((resolve) => {
    const onChunk = (chunk) => {
      for (const line of String(chunk).split("\n")) {
        if (line.includes(`"price":"${(1 + (LINES - 1) / 1e6).toFixed(6)}"`)) resolve(seen);
        try {
          if (JSON.parse(line).type === "PRICE") seen += 1;
        } catch {
          // Torn.
        }
      }
    };
    context.request("GET", PATH, {}, onChunk, () => resolve(seen));
  });
}

/** Reads `count` prices; gives how many of them aren't the next one. */
async function readQuotes(broker, count) {
  const stop = new AbortController();
  let seen = 0;
  let wrong = 0;
  for await (const event of broker.streamQuotes(NAMES, { signal: stop.signal })) {
    if (event.type !== "quote") continue;
    if (event.quote.bid.digits !== 1_000_000n + BigInt(seen + wrong)) wrong += 1;
    seen += 1;
    if (seen === count) stop.abort();
  }
  return wrong + count - seen;
}

async function readBoard(broker) {
  const feed = openQuoteFeed({
    broker,
    hasStream: true,
    maxQuoteAgeMs: 86_400_000,
    timeText: String,
    typeOf: () => "forex",
    clock: systemClock,
    random: Math.random,
  });
  const reader = feed.read(NAMES, 1_000);
  let seen = 0;
  while (seen + reader.dropped < LINES) {
    await reader.filled();
    seen += reader.take().length;
  }
  feed.close();
}
