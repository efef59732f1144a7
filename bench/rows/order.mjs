// One order as a trader types it: the program starts, checks, journals, sends, records and ends.
import { join } from "node:path";
import { EMPTY, PEERS, PROGRAM, runPeak, runProgram, runTime } from "../child.mjs";
import { interleave, medianRatio } from "../compare.mjs";

const PAPER_ORDER = [PROGRAM, "order", "buy", "EUR_USD", "100", "-c", "paper"];
const BROKER_ORDER = [PROGRAM, "order", "buy", "EUR_USD", "100", "-c", "bench"];

export async function measureOrder(lab, { rounds }) {
  const server = await lab.server();
  const [paper, broker] = [await lab.paperHome(), await lab.brokerHome()];
  const target = [server.url, server.account, server.token];
  const times = await interleave(
    {
      bare: () => runTime([EMPTY]),
      paper: () => runTime(PAPER_ORDER, { home: paper }),
      broker: () => runTime(BROKER_ORDER, { home: broker }),
      undici: () => runTime([join(PEERS, "order-undici.mjs"), ...target]),
      oanda: () => runTime([join(PEERS, "order-oanda.cjs"), ...target]),
    },
    { rounds, between: () => flatten(paper, server) },
  );
  const row = (name, values, limits) => ({
    row: name,
    ratio: medianRatio(values, limits.peer),
    must: limits.must,
    aim: limits.aim,
  });
  return [
    row("order on paper ÷ bare Node", times.paper, { peer: times.bare, must: 2, aim: 1.6 }),
    row("order over loopback ÷ bare undici script", times.broker, {
      peer: times.undici,
      must: 0.65,
      aim: 0.5,
    }),
    row("order over loopback ÷ bare @oanda/v20 script", times.broker, {
      peer: times.oanda,
      must: 1.25,
      aim: 1.05,
    }),
  ];
}

export async function measureMemory(lab, { rounds }) {
  const server = await lab.server();
  const [paper, broker] = [await lab.paperHome(), await lab.brokerHome()];
  const peaks = await interleave(
    {
      bare: () => runPeak([EMPTY]),
      paper: () => runPeak(PAPER_ORDER, { home: paper }),
      broker: () => runPeak(BROKER_ORDER, { home: broker }),
    },
    { rounds, between: () => flatten(paper, server) },
  );
  const row = (name, values) => ({
    row: `peak memory of one order ${name} ÷ bare Node`,
    ratio: medianRatio(values, peaks.bare),
    must: 1.6,
    aim: 1.45,
  });
  return [row("on paper", peaks.paper), row("over loopback", peaks.broker)];
}

/** Closes what the round opened: an account that grew would slow one round more than the one before. */
async function flatten(paper, server) {
  runProgram(["positions", "close", "EUR_USD", "-c", "paper", "-y"], paper);
  await server.flatten();
}
