import type { Region } from "../core/account.ts";
import type { BrokerName, RuleChange } from "../core/connection.ts";
import type { InstrumentType } from "../core/instrument.ts";
import type { CheckName } from "./rule-checks.ts";

/** What becomes of an order that breaks a rule; `off` rules aren't asked. */
export type Enforcement = "block" | "warn" | "off";

/** Days on which a rule is in force, both included: `2010-10-18`; null for no end that is known. */
export type Span = { readonly validFrom: string; readonly validTo: string | null };

/**
 * One rule of one region, as data: shipped in regions/, and corrected or added to by the user. Several records may share
 * an id, one after the other in time.
 */
export type RuleRecord = Span & {
  readonly id: string;
  readonly region: Region;
  /** How it is checked: see CHECKS for each check's parameters. */
  readonly check: CheckName;
  /** What it asks, in a sentence. */
  readonly title: string;
  /** The law or the house rule it is from. */
  readonly source: string;
  /** `unverified`: the source couldn't be read, or it may have changed since. The product says so. */
  readonly status: "verified" | "unverified";
  /** What to know about it; why it is unverified. */
  readonly note: string | null;
  readonly products: readonly InstrumentType[];
  readonly enforcement: Enforcement;
  /** Text, as a user writes it too: `{ others: "5%" }`. */
  readonly parameters: RuleChange["set"];
  /** Brokers at which it is in force at other times; null for never. A user's own dates go before them. */
  readonly phases?: Readonly<Partial<Record<BrokerName, Span | null>>>;
};
