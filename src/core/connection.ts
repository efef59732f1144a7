import type { Region } from "./account.ts";
import type { Environment } from "./order.ts";

export const BROKER_NAMES = ["oanda", "alpaca", "ibkr", "paper"] as const;
export type BrokerName = (typeof BROKER_NAMES)[number];

/** A named login at a broker, as configured; its secret lives in a credential store. */
export type ConnectionProfile = {
  readonly name: string;
  readonly broker: BrokerName;
  readonly environment: Environment;
  readonly accounts: readonly AccountProfile[];
  /** Other than the broker's own address, e.g. a practice server's; null for the broker's. */
  readonly host: string | null;
  readonly streamHost: string | null;
  readonly credentialStore: "keychain" | "file" | "vault" | null;
};

export type AccountProfile = {
  readonly id: string;
  readonly alias: string | null;
  readonly region: Region;
  readonly currency: string | null;
  /** What the user changed of the region's rules, and rules of the user's own. */
  readonly ruleChanges?: readonly RuleChange[];
};

/** What a user says about one rule: fields and parameters by name. A rule that isn't known yet has its check among them. */
export type RuleChange = {
  readonly rule: string;
  readonly set: Readonly<Partial<Record<string, string>>>;
};
