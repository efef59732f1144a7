// How fast the program answers without trading: help, version, a wrong command line, completion.

import { EMPTY, PROGRAM, runTime } from "../child.mjs";
import { interleave, medianRatio } from "../compare.mjs";

const USAGE = 2;
const CASES = [
  { row: "--help ÷ bare Node", args: ["--help"], must: 1.15, aim: 1.05 },
  { row: "order buy --help ÷ bare Node", args: ["order", "buy", "--help"], must: 1.15, aim: 1.05 },
  { row: "--version ÷ bare Node", args: ["--version"], must: 1.15, aim: 1.05 },
  {
    row: "argument error of order buy ÷ bare Node",
    args: ["order", "buy", "EUR_USD", "-5"],
    exitCode: USAGE,
    must: 1.45,
    aim: 1.3,
  },
  {
    row: "argument error of positions ÷ bare Node",
    args: ["positions", "--nonsense"],
    exitCode: USAGE,
    must: 1.45,
    aim: 1.3,
  },
  {
    row: "completion of an instrument ÷ bare Node",
    args: ["__complete", "bash", "--", "order", "buy", "EUR"],
    must: 1.5,
    aim: 1.35,
  },
];

export async function measureStartUp(lab, { rounds }) {
  const home = await lab.paperHome();
  const subjects = Object.fromEntries(
    CASES.map(({ row, args, exitCode }) => [
      row,
      () => runTime([PROGRAM, ...args], { home, exitCode }),
    ]),
  );
  const { bare, ...values } = await interleave(
    { bare: () => runTime([EMPTY]), ...subjects },
    { rounds },
  );
  return CASES.map(({ row, must, aim }) => ({
    row,
    ratio: medianRatio(values[row], bare),
    must,
    aim,
  }));
}
