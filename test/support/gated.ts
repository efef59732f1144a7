import type { Broker } from "../../src/ports/broker.ts";
import type { GatedBroker } from "../../src/ports/wire-gate.ts";
import { type GateParts, gateBroker } from "../../src/trading/gated-broker.ts";

/** `broker` itself, whatever a test reads of it and sets on it, but behind the gate when it places. */
export function gated<T extends Broker>(broker: T, parts: GateParts): T & GatedBroker {
  const { place } = gateBroker(broker, parts);
  return new Proxy(broker, {
    get: (_target, name) => {
      if (name === "place") return place;
      const member = Reflect.get(broker, name, broker);
      return typeof member === "function" ? member.bind(broker) : member;
    },
    set: (_target, name, value) => Reflect.set(broker, name, value, broker),
  }) as T & GatedBroker;
}

/** Nobody is told of anything. */
export const NOBODY_TOLD = { raise: () => undefined };
