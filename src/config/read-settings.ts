import {
  invalid,
  isTable,
  joined,
  refuseUnknownKeys,
  sentence,
  shown,
  type Table,
  tableAt,
  typeName,
} from "./document.ts";
import {
  type AccountCompliance,
  buildSettings,
  COMPLIANCE_SETTINGS,
  isSettingKey,
  SETTING_KEYS,
  SETTINGS,
  type Setting,
  type Settings,
  settingValue,
} from "./schema.ts";

export type ReadSettings = {
  readonly settings: Settings;
  readonly texts: ReadonlyMap<string, string>;
  /** The names of the tables that hold settings. */
  readonly groups: readonly string[];
};

/** Reads every setting of a document. @throws Failure CONFIG_INVALID naming the key. */
export function readSettings(document: Table): ReadSettings {
  const groups = [...new Set(SETTING_KEYS.map((key) => partsOf(key)[0]))];
  const texts = new Map(groups.flatMap((group) => groupTexts(document, group)));
  const compliance = tableAt(document, "compliance", "");
  const accounts = new Map<string, AccountCompliance>();
  for (const id of Object.keys(compliance)) {
    accounts.set(id, readCompliance(id, tableAt(compliance, id, "compliance"), texts));
  }
  const settings = buildSettings(
    (key) => checked(key, texts.get(key), () => settingValue(key, texts.get(key))),
    accounts,
  );
  return { settings, texts, groups };
}

/** The dotted key's group and its name in the group. */
export function partsOf(key: string): readonly [string, string] {
  const dot = key.indexOf(".");
  return [key.slice(0, dot), key.slice(dot + 1)];
}

function groupTexts(document: Table, group: string): readonly (readonly [string, string])[] {
  const table = tableAt(document, group, "");
  const known = SETTING_KEYS.map(partsOf)
    .filter(([name]) => name === group)
    .map(([, name]) => name);
  refuseUnknownKeys(table, group, known);
  return Object.entries(table).map(([name, value]) => {
    const key = `${group}.${name}`;
    const setting: Setting<unknown> | undefined = isSettingKey(key) ? SETTINGS[key] : undefined;
    return [key, settingText(key, value, setting?.isNumeric ?? false)] as const;
  });
}

function readCompliance(id: string, table: Table, texts: Map<string, string>): AccountCompliance {
  const place = joined("compliance", id);
  refuseUnknownKeys(table, place, Object.keys(COMPLIANCE_SETTINGS));
  const textOf = (name: string) => {
    if (!Object.hasOwn(table, name)) return undefined;
    const value = table[name];
    const text = settingText(joined(place, name), Array.isArray(value) ? value.join(",") : value);
    texts.set(`compliance.${id}.${name}`, text);
    return text;
  };
  const read = <T>(name: string, { parse }: Setting<T | null>): T | null => {
    const text = textOf(name);
    return text === undefined ? null : checked(joined(place, name), text, () => parse(text));
  };
  return {
    region: read("region", COMPLIANCE_SETTINGS.region),
    rules: read("rules", COMPLIANCE_SETTINGS.rules),
  };
}

function settingText(place: string, value: unknown, isNumeric = false): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" && isNumeric) return value.toString();
  const hint =
    typeof value === "number" && isNumeric
      ? "Write decimals in quotes, so that they stay exact."
      : isTable(value)
        ? "It is one value, not a table."
        : "Write it in quotes.";
  throw invalid(place, `expected text, not ${typeName(value)}.`, hint);
}

function checked<T>(place: string, text: string | undefined, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const isPrivate = isSettingKey(place) && SETTINGS[place].isPrivate;
    const given = isPrivate ? "that value" : shown(text ?? "");
    throw invalid(place, `${given} is refused: ${sentence(error.message)}`);
  }
}
