// A table of 30 open positions, priced now, from the embedded paper broker.

import { EMPTY, PROGRAM, runTime } from "../child.mjs";
import { interleave, medianRatio } from "../compare.mjs";

export async function measurePositions(lab, { rounds }) {
  const home = await lab.positionsHome();
  const { bare, positions } = await interleave(
    {
      bare: () => runTime([EMPTY]),
      positions: () => runTime([PROGRAM, "positions", "-c", "paper"], { home }),
    },
    { rounds },
  );
  const ratio = medianRatio(positions, bare);
  return [{ row: "positions (30 rows) ÷ bare Node", ratio, must: 1.6, aim: 1.4 }];
}
