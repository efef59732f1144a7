// The measuring itself: a bare Node against a bare Node must come out as 1.
import { EMPTY, runPeak, runTime } from "../child.mjs";
import { interleave, medianRatio } from "../compare.mjs";

export async function measureSelf({ rounds }) {
  const time = () => runTime([EMPTY]);
  const peak = () => runPeak([EMPTY]);
  const values = await interleave({ time, sameTime: time, peak, samePeak: peak }, { rounds });
  return {
    time: medianRatio(values.sameTime, values.time),
    memory: medianRatio(values.samePeak, values.peak),
  };
}
