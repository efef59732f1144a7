import { type Desk, selecting } from "./desk.ts";

const CLOSING = /tmt-broker positions close \S+?(?: --units \S+?)?(?=[.,]?(?:\s|$))/g;

/** Rules know no connections: the commands of a rule's hint are made to mean the account of this desk. */
export function commandsFor(desk: Pick<Desk, "profile" | "account">, hint: string): string {
  return hint.replaceAll(CLOSING, (command) => `${command} ${selecting(desk)}`);
}
