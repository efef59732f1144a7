import type { Slots } from "../core/rate-limit.ts";

/** When requests were and will be sent, by name of what limits them; shared by all processes of the user. */
export interface RateStore {
  read(name: string): Promise<Slots>;
  /** Replaces the slots by what `change` makes of them, as one step over all processes; null leaves them. */
  update(name: string, change: (slots: Slots) => Slots | null): Promise<void>;
}
