// The measuring itself: a bare Node against a bare Node must come out as 1.
import { EMPTY, runPeak, runTime } from "../child.mjs";
import { interleave, medianRatio } from "../compare.mjs";

export async function measureSelf(_lab, { rounds }) {
  const time = () => runTime([EMPTY]);
  const peak = () => runPeak([EMPTY]);
  const values = await interleave({ time, sameTime: time, peak, samePeak: peak }, { rounds });
  return [
    row("bare Node ÷ bare Node, time", values.sameTime, values.time),
    row("bare Node ÷ bare Node, memory", values.samePeak, values.peak),
  ];
}

function row(name, values, peers) {
  return { row: name, ratio: medianRatio(values, peers), must: 1.1, aim: 1.03 };
}
