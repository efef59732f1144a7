import { REGIONS, type Region } from "../core/account.ts";
import type { InstrumentType } from "../core/instrument.ts";
import { decimal } from "../core/money.ts";
import type { NotifySettings } from "../ports/alerts.ts";
import { CREDENTIAL_STORES } from "../ports/credential-store.ts";
import {
  count,
  dailyLoss,
  database,
  duration,
  type ExitDistance,
  exitDistance,
  type Kind,
  names,
  oneOf,
  plainText,
  positiveDecimal,
  share,
  timeZone,
  webAddress,
  years,
} from "./values.ts";

export type Setting<T> = Kind<T> & {
  /** The text in force when the file is silent; null where there is none. */
  readonly default: string | null;
  readonly description: string;
  /** Lists show it as `***`: whoever knows it can use it. */
  readonly isPrivate: boolean;
};

/** The longest of the fixed periods in which somebody may ask for a trader's records; the user may only lengthen it. */
const LEAST_YEARS = 7;
const HOUR_MS = 3_600_000;
const BY_TYPE = "20p for currency pairs, 2% for anything else";

/** Every setting by its dotted key. A limit always has a default: none can be switched off. */
export const SETTINGS = {
  "order.stopLoss": optional(exitDistance(), `Distance of --sl without a value (${BY_TYPE})`),
  "order.takeProfit": optional(
    exitDistance(),
    "Distance of --tp without a value (40p for currency pairs, 4% for anything else)",
  ),
  "order.trailingStop": optional(
    exitDistance(),
    `Distance of --trailing without a value (${BY_TYPE})`,
  ),
  "order.maxQuoteAge": required("60s", duration(HOUR_MS), "Oldest quote a market order may use"),
  "order.onStopRefused": required(
    "ask",
    oneOf(["ask", "attach", "close"]),
    "What to do when the broker fills an order but refuses its stop",
  ),
  "risk.maxUnits": required(
    "10000000",
    positiveDecimal("1000000000000"),
    "Largest order, in units",
  ),
  "risk.maxNotional": required(
    "10000000",
    positiveDecimal("1000000000000"),
    "Largest value of one order, in account currency",
  ),
  "risk.maxOrdersPerMinute": required("60", count(6_000), "Most orders in 60 seconds"),
  "risk.maxDailyLoss": required(
    "10%",
    dailyLoss("1000000000000"),
    "Loss of a trading day that halts trading: of the day's first equity, or in account currency",
  ),
  "risk.maxSpreadPips": required("250", positiveDecimal("10000"), "Widest spread to trade at"),
  "risk.priceCollar": required(
    "5%",
    share("50"),
    "How far an order's own prices may lie from the market",
  ),
  "risk.duplicateWindow": required(
    "10s",
    duration(HOUR_MS),
    "How long the same order counts as a possible mistake on a live connection",
  ),
  "notify.command": optional(plainText(), "Command that is run for an alert"),
  "notify.webhook": { ...optional(webAddress(), "Address an alert is posted to"), isPrivate: true },
  "notify.pagerduty": required(
    "off",
    oneOf(["off", "environment", "keychain", "file"]),
    "Where the routing key of a PagerDuty service is: TMT_BROKER_PAGERDUTY_KEY, or a store",
  ),
  "notify.desktop": required(
    "off",
    oneOf(["on", "off"]),
    "Alerts and events of orders on the desktop (notify-send, osascript)",
  ),
  "notify.orders": required(
    "on",
    oneOf(["on", "off"]),
    "Tell of orders that fill, expire or are cancelled while nobody looks",
  ),
  "notify.bell": required("on", oneOf(["on", "off"]), "Ring in watch when that happens"),
  "credentials.store": required(
    "keychain",
    oneOf(CREDENTIAL_STORES),
    "Where the secrets of new connections are kept",
  ),
  "history.database": required("sqlite", database(), "sqlite, or a postgres:// URL"),
  "history.fence": required(
    "on",
    oneOf(["on", "off"]),
    "With a postgres:// history: no order before its server, and so every computer, knows of it",
  ),
  "history.retention": required(
    `${LEAST_YEARS}y`,
    years(LEAST_YEARS),
    "How long transactions are kept at the least, in years after their own: 7y or more, or forever",
  ),
  "display.color": required("auto", oneOf(["auto", "always", "never"]), "Colour in the output"),
  "display.palette": required(
    "default",
    oneOf(["default", "colour-blind", "high-contrast", "none"]),
    "Colours of the full-screen view",
  ),
  "display.glyphs": required(
    "auto",
    oneOf(["auto", "unicode", "ascii"]),
    "Signs of the full-screen view: blocks and lines, or plain ASCII",
  ),
  "display.watchlist": required(
    "EUR_USD,GBP_USD,USD_JPY,AUD_USD,USD_CAD,USD_CHF,XAU_USD,AAPL,MSFT",
    names(),
    "Instruments of the full-screen view, where the connection has them",
  ),
  "display.timezone": required(
    "UTC",
    timeZone(),
    "Time zone of the times that people are shown (JSON and CSV stay UTC)",
  ),
} satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS).filter(isSettingKey);

/** The settings of one account, under `compliance.<account>.`. */
export const COMPLIANCE_SETTINGS = {
  region: optional(oneOf(REGIONS), "Whose rules bind the account"),
  rules: optional(
    plainText(),
    "What is different about its rules: us-cfd=off, us-leverage-table.rates=GBP:4%, own rules",
  ),
} satisfies Record<string, Setting<unknown>>;

export type ComplianceKey = keyof typeof COMPLIANCE_SETTINGS;

type ValueOf<K extends SettingKey> = ReturnType<(typeof SETTINGS)[K]["parse"]>;
type Values = { readonly [K in SettingKey]: ValueOf<K> };

export type AccountCompliance = {
  readonly region: Region | null;
  /** What differs from the region's rules, as text; null for nothing. */
  readonly rules: string | null;
};

export type Settings = {
  readonly order: {
    /** null for the shipped distance, which depends on the instrument: see `exitDistanceFor`. */
    readonly stopLoss: ExitDistance | null;
    readonly takeProfit: ExitDistance | null;
    readonly trailingStop: ExitDistance | null;
    readonly maxQuoteAgeMs: number;
    readonly onStopRefused: ValueOf<"order.onStopRefused">;
  };
  readonly risk: {
    readonly maxUnits: ValueOf<"risk.maxUnits">;
    /** In account currency. */
    readonly maxNotional: ValueOf<"risk.maxNotional">;
    readonly maxOrdersPerMinute: number;
    readonly maxDailyLoss: ValueOf<"risk.maxDailyLoss">;
    readonly maxSpreadPips: ValueOf<"risk.maxSpreadPips">;
    /** A share of the market price: 0.05 is 5 %. */
    readonly priceCollar: ValueOf<"risk.priceCollar">;
    readonly duplicateWindowMs: number;
  };
  /** By account id. */
  readonly compliance: ReadonlyMap<string, AccountCompliance>;
  readonly notify: NotifySettings;
  readonly credentials: { readonly store: ValueOf<"credentials.store"> };
  readonly history: {
    readonly database: ValueOf<"history.database">;
    /** Whether orders stand on the history's server before they leave. */
    readonly isFenced: boolean;
    /** Whole years after a line's own; null for ever. */
    readonly retentionYears: number | null;
  };
  readonly display: {
    readonly color: ValueOf<"display.color">;
    readonly palette: ValueOf<"display.palette">;
    readonly glyphs: ValueOf<"display.glyphs">;
    readonly watchlist: readonly string[];
    readonly timezone: string;
  };
};

export type ExitName = "stopLoss" | "takeProfit" | "trailingStop";

const SHIPPED_EXITS = {
  stopLoss: { pips: "20", percent: "2" },
  takeProfit: { pips: "40", percent: "4" },
  trailingStop: { pips: "20", percent: "2" },
} as const;

/** The distance of an exit that was asked for without one: the user's, else the shipped one. */
export function exitDistanceFor(
  exit: ExitName,
  type: InstrumentType,
  settings: Settings,
): ExitDistance {
  const shipped = SHIPPED_EXITS[exit];
  const usual: ExitDistance =
    type === "forex"
      ? { kind: "pips", pips: decimal(shipped.pips) }
      : { kind: "percent", percent: decimal(shipped.percent) };
  return settings.order[exit] ?? usual;
}

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

export function isComplianceKey(key: string): key is ComplianceKey {
  return Object.hasOwn(COMPLIANCE_SETTINGS, key);
}

/** The settings made of each key's value in force. */
export function buildSettings(
  value: <K extends SettingKey>(key: K) => Values[K],
  compliance: Settings["compliance"],
): Settings {
  return {
    order: {
      stopLoss: value("order.stopLoss"),
      takeProfit: value("order.takeProfit"),
      trailingStop: value("order.trailingStop"),
      maxQuoteAgeMs: value("order.maxQuoteAge"),
      onStopRefused: value("order.onStopRefused"),
    },
    risk: {
      maxUnits: value("risk.maxUnits"),
      maxNotional: value("risk.maxNotional"),
      maxOrdersPerMinute: value("risk.maxOrdersPerMinute"),
      maxDailyLoss: value("risk.maxDailyLoss"),
      maxSpreadPips: value("risk.maxSpreadPips"),
      priceCollar: value("risk.priceCollar"),
      duplicateWindowMs: value("risk.duplicateWindow"),
    },
    compliance,
    notify: {
      command: value("notify.command"),
      webhook: value("notify.webhook"),
      pagerduty: value("notify.pagerduty"),
      desktop: value("notify.desktop") === "on",
      orders: value("notify.orders") === "on",
      bell: value("notify.bell") === "on",
    },
    credentials: { store: value("credentials.store") },
    history: {
      database: value("history.database"),
      isFenced: value("history.database").kind === "postgres" && value("history.fence") === "on",
      retentionYears: value("history.retention").years,
    },
    display: {
      color: value("display.color"),
      palette: value("display.palette"),
      glyphs: value("display.glyphs"),
      watchlist: value("display.watchlist"),
      timezone: value("display.timezone"),
    },
  };
}

/** Reads the text of `key`. @throws RangeError saying what was expected. */
export function settingValue<K extends SettingKey>(key: K, text: string | undefined): Values[K] {
  const setting: Setting<unknown> = SETTINGS[key];
  const effective = text ?? setting.default;
  return (effective === null ? null : setting.parse(effective)) as Values[K];
}

function required<T>(text: string, kind: Kind<T>, description: string): Setting<T> {
  return { ...kind, default: text, description, isPrivate: false };
}

function optional<T>(kind: Kind<T>, description: string): Setting<T | null> {
  return { ...kind, default: null, description, isPrivate: false };
}
