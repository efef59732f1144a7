import { copyProgram } from "../support/program-copy.ts";

/** Known defects, as changes of the built program's text: what is there, and what takes its place. */
const DEFECTS = {
  "sends again under another id": [
    'if(!failure.sent)return{kind:"not_sent",failure};',
    'if(failure.sent)return{kind:"outcome",outcome:await desk.broker.place({...cleared,clientOrderId:cleared.clientOrderId+"-2"},{signal})};',
  ],
  "calls it not sent": [
    'if(!failure.sent)return{kind:"not_sent",failure};',
    'return{kind:"not_sent",failure};',
  ],
} as const;

/** The start file of a copy of the built program that has this defect and no other. */
export function defectiveCopy(defect: keyof typeof DEFECTS): string {
  const [sound, broken] = DEFECTS[defect];
  return copyProgram((program) => program.replace(sound, broken)).path;
}
