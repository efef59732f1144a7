import { copyProgram } from "../support/program-copy.ts";

type Change = readonly [sound: string, broken: string];

/** The gate at the wire would keep the order back: here nobody asks it. */
const WITHOUT_GATE: Change = ["refusalFor(gate.pass(leaving,clock),request,parts)", "null"];

/** Known defects, as changes of the built program's text: what is there, and what takes its place. */
const DEFECTS = {
  "sends again under another id": [
    WITHOUT_GATE,
    [
      'if(!failure.sent)return{kind:"not_sent",failure};',
      'if(failure.sent)return{kind:"outcome",outcome:await desk.broker.place({...cleared,clientOrderId:cleared.clientOrderId+"-2"},{signal})};',
    ],
  ],
  "calls it not sent": [
    ['if(!failure.sent)return{kind:"not_sent",failure};', 'return{kind:"not_sent",failure};'],
  ],
} as const satisfies Readonly<Record<string, readonly Change[]>>;

/** The start file of a copy of the built program that has this defect and no other. */
export function defectiveCopy(defect: keyof typeof DEFECTS): string {
  const missing = new Set(DEFECTS[defect]);
  const copy = copyProgram((program) =>
    DEFECTS[defect].reduce((text, change) => {
      const [sound, broken] = change;
      if (text.includes(sound)) missing.delete(change);
      return text.replace(sound, broken);
    }, program),
  );
  for (const [sound] of missing) throw new Error(`the built program has no ${sound}`);
  return copy.path;
}
