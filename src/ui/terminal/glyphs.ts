/** The signs that a screen draws with: for fonts with box drawing and blocks, and for those without. */
export type Glyphs = {
  readonly up: string;
  readonly down: string;
  readonly dot: string;
  readonly ring: string;
  readonly rule: string;
  readonly divider: string;
  readonly full: string;
  readonly empty: string;
  readonly pointer: string;
  readonly cut: string;
  /** Lowest first. */
  readonly levels: readonly string[];
};

export const UNICODE: Glyphs = {
  up: "▲",
  down: "▼",
  dot: "●",
  ring: "○",
  rule: "─",
  divider: "│",
  full: "█",
  empty: "░",
  pointer: "▶",
  cut: "…",
  levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

export const ASCII: Glyphs = {
  up: "+",
  down: "-",
  dot: "*",
  ring: "o",
  rule: "-",
  divider: "|",
  full: "#",
  empty: ".",
  pointer: ">",
  cut: "~",
  levels: ["_", ".", "-", "=", "*", "^"],
};

/** Newest last, in exactly `width` cells; the lowest and the highest value span the whole range. */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs): string {
  const shown = values.slice(-width);
  const lowest = Math.min(...shown);
  const range = Math.max(...shown) - lowest;
  const top = glyphs.levels.length - 1;
  const level = (value: number) =>
    range > 0 ? Math.round(((value - lowest) / range) * top) : Math.floor(top / 2);
  const marks = shown.map((value) => glyphs.levels[level(value)] ?? " ").join("");
  return marks.padStart(width);
}

/** A bar of `width` cells of which `share` (0 to 1, cut off there) is full. */
export function bar(share: number, width: number, glyphs: Glyphs): string {
  const wanted = Math.round(Math.min(1, Math.max(0, share)) * width);
  // What there is shows, however little.
  const full = share > 0 ? Math.max(1, wanted) : 0;
  return glyphs.full.repeat(full) + glyphs.empty.repeat(width - full);
}
