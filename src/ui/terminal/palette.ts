import type { Line, Role } from "./spans.ts";

export const PALETTE_NAMES = ["default", "colour-blind", "high-contrast", "none"] as const;
export type PaletteName = (typeof PALETTE_NAMES)[number];

/** The SGR parameters of each role; an empty text leaves it as the terminal shows plain text. */
type Palette = Readonly<Record<Role, string>>;

const DEFAULT: Palette = {
  plain: "",
  dim: "2",
  strong: "1",
  heading: "1;36",
  focus: "1;7;36",
  selected: "7",
  gain: "32",
  loss: "31",
  warning: "33",
  error: "1;31",
  live: "1;97;41",
  practice: "30;43",
  paper: "30;46",
};

/** Only the sixteen colours that every terminal lets its user choose, so a light background is as good as a dark one. */
const PALETTES: Readonly<Record<PaletteName, Palette>> = {
  default: DEFAULT,
  // Blue and orange-like yellow are told apart with every kind of colour blindness; signs and arrows say the same.
  "colour-blind": { ...DEFAULT, gain: "1;34", loss: "1;33", warning: "1;35", error: "1;4;35" },
  "high-contrast": {
    ...DEFAULT,
    dim: "",
    heading: "1;4",
    focus: "1;7",
    selected: "1;7",
    gain: "1;92",
    loss: "1;91",
    warning: "1;93",
    error: "1;7;91",
  },
  // Without colours: weight and inversion alone.
  none: {
    ...DEFAULT,
    heading: "1;4",
    focus: "1;7",
    gain: "",
    loss: "",
    warning: "1",
    error: "1;7",
    live: "1;7",
    practice: "7",
    paper: "4",
  },
};

/** Underlined: with any colour, and without one. */
const CHOSEN = "4";
const ESCAPE = String.fromCharCode(27);

/**
 * A line as the terminal takes it: each role's colours, closed again at its end. Spaces at its end are left out, and
 * neighbours that look alike are one, for each costs time in every frame.
 */
export function paint(line: Line, name: PaletteName): string {
  const palette = PALETTES[name];
  let painted = "";
  let run = "";
  let open = "";
  const close = () => {
    painted += open === "" || run === "" ? run : `${ESCAPE}[${open}m${run}${ESCAPE}[0m`;
    run = "";
  };
  for (const { text, role, isChosen } of line) {
    const parameters = isChosen ? join(CHOSEN, palette[role]) : palette[role];
    if (parameters !== open) {
      close();
      open = parameters;
    }
    run += text;
  }
  if (open === "") run = run.trimEnd();
  close();
  // A text without a letter would take no line.
  return painted === "" ? " " : painted;
}

function join(left: string, right: string): string {
  return right === "" ? left : `${left};${right}`;
}

export function nextPalette(name: PaletteName): PaletteName {
  const index = PALETTE_NAMES.indexOf(name);
  return PALETTE_NAMES[(index + 1) % PALETTE_NAMES.length] ?? "default";
}
