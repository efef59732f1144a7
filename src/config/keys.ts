import { type Failure, usageFailure } from "../core/failures.ts";
import { nearestName } from "../core/nearest.ts";
import { shown } from "./document.ts";
import type { Config } from "./load.ts";
import { partsOf } from "./read-settings.ts";
import {
  COMPLIANCE_SETTINGS,
  isComplianceKey,
  isSettingKey,
  SETTING_KEYS,
  SETTINGS,
  type Setting,
} from "./schema.ts";
import { chosenConnection, type Source } from "./selection.ts";

export type KeyEntry = {
  readonly key: string;
  /** null where nothing is configured and there is no default. */
  readonly value: string | null;
  readonly source: Exclude<Source, "option">;
  readonly default: string | null;
  readonly description: string;
};

const DEFAULT_CONNECTION = "default_connection";
const PRIVATE_TEXT = "***";

/** Every key with its value in force and where that comes from; private values show as `***`. */
export function listKeys(config: Config): readonly KeyEntry[] {
  const dynamic = [...config.texts.keys()]
    .filter((key) => !isSettingKey(key))
    .sort((left, right) => (left < right ? -1 : 1));
  return [DEFAULT_CONNECTION, ...SETTING_KEYS, ...dynamic].map((key) => {
    const entry = getKey(config, key);
    const isHidden = isSettingKey(key) && SETTINGS[key].isPrivate && entry.value !== null;
    return isHidden ? { ...entry, value: PRIVATE_TEXT } : entry;
  });
}

/** One key. @throws Failure USAGE naming the nearest key when there is no such key. */
export function getKey(config: Config, key: string): KeyEntry {
  if (key === DEFAULT_CONNECTION) return defaultConnectionEntry(config);
  const { setting } = settingAt(key);
  const text = config.texts.get(key);
  return {
    key,
    value: text ?? setting.default,
    source: text === undefined ? "default" : "file",
    default: setting.default,
    description: setting.description,
  };
}

export type SettingPlace = {
  readonly setting: Setting<unknown>;
  /** Where it stands in the document: an account's id may have dots in it. */
  readonly path: readonly string[];
};

/** The setting of a dotted key. @throws Failure USAGE naming the nearest key. */
export function settingAt(key: string): SettingPlace {
  if (isSettingKey(key)) return { setting: SETTINGS[key], path: partsOf(key) };
  const [, account, name] = /^compliance\.(.+)\.([^.]+)$/.exec(key) ?? [];
  if (account === undefined || name === undefined || !isComplianceKey(name)) throw unknownKey(key);
  return { setting: COMPLIANCE_SETTINGS[name], path: ["compliance", account, name] };
}

function defaultConnectionEntry(config: Config): KeyEntry {
  const { name, source } = chosenConnection(config, null);
  return {
    key: DEFAULT_CONNECTION,
    value: name,
    source: source === "option" ? "default" : source,
    default: "paper",
    description: "Connection used without -c",
  };
}

function unknownKey(key: string): Failure {
  const nearest = nearestName(key, [DEFAULT_CONNECTION, ...SETTING_KEYS]);
  const also = "compliance.<account>.region, compliance.<account>.rules";
  const hint =
    nearest === undefined ? `\`config list\` shows all; also ${also}.` : `Did you mean ${nearest}?`;
  return usageFailure(`No key ${shown(key)} in the configuration.`, hint);
}
