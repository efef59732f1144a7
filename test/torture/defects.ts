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
  return copyProgram((program) => DEFECTS[defect].reduce(changed, program)).path;
}

function changed(program: string, [sound, broken]: Change): string {
  if (!program.includes(sound)) throw new Error(`the built program has no ${sound}`);
  return program.replace(sound, broken);
}
