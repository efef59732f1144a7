import type { Environment } from "../../core/order.ts";
import { money, signed } from "../output/numbers.ts";
import { BINDINGS, isOnScreen, keyText, type Situation } from "./keys.ts";
import { recordOf } from "./panels/connections.ts";
import { badge, gainSpan, type PanelView, statusWord } from "./panels/view.ts";
import { fitted, foreign, type Line, lineWidth, type Span, span, withRole } from "./spans.ts";

const CLOCK_START = 11;
const GAP = 2;
const ENVIRONMENTS: readonly Environment[] = ["live", "practice", "paper"];

/** Mode, connections, equity, halts and the time, most important first. All of it in the colours of LIVE where money is real. */
export function statusLine(view: PanelView, width: number): Line {
  const { snapshot, now, times } = view;
  // With its zone: it tells of all times on the screen.
  const clock = times.text(now.wall).slice(CLOCK_START);
  const room = width - clock.length - 1;
  const parts = [badges(view), halts(view), links(view)].filter((part) => part.length > 0);
  const body = equities(view).reduce(
    // A figure of which the end is cut off would be another figure.
    (line, equity) =>
      lineWidth(line) + GAP + lineWidth(equity) > room ? line : joined([line, equity]),
    joined(parts),
  );
  const line =
    room >= lineWidth(parts[0] ?? [])
      ? [...fitted(body, room), span(" "), span(clock, "dim")]
      : fitted(body, width);
  const isLive = snapshot.connections.some(({ environment }) => environment === "live");
  return isLive ? withRole(line, "live") : line;
}

function joined(parts: readonly Line[]): Line {
  return parts.flatMap((part, index) => (index === 0 ? part : [span(" ".repeat(GAP)), ...part]));
}

function badges({ snapshot }: PanelView): Line {
  const shown = ENVIRONMENTS.filter((environment) =>
    snapshot.connections.some((one) => one.environment === environment),
  );
  return shown.flatMap(
    (environment, index): Line => [...(index > 0 ? [span(" ")] : []), badge(environment)],
  );
}

function halts({ snapshot }: PanelView): Line {
  const halted = snapshot.connections.filter(({ name }) => recordOf(snapshot, name).halt);
  if (halted.length === 0) return [];
  const names = halted.map(({ name }) => name).join(", ");
  return [
    foreign(`HALTED: ${halted.length === snapshot.connections.length ? "all" : names}`, "error"),
  ];
}

function links({ snapshot, glyphs, now }: PanelView): Line {
  return snapshot.connections.flatMap((connection, index): Line => {
    const { isOff } = recordOf(snapshot, connection.name);
    const { word, role } = statusWord({ ...connection, isOff }, now.monotonicMs);
    const isUp = role === "gain" || role === "dim";
    return [
      ...(index > 0 ? [span(" ")] : []),
      foreign(`${connection.name} `),
      span(`${isUp ? glyphs.dot : glyphs.ring} ${word}`, role),
    ];
  });
}

/** One sum for each environment and currency: never real money and play money together. */
function equities({ snapshot }: PanelView): readonly Line[] {
  return snapshot.totals.map(({ equity, unrealizedPl, currency }): Line => {
    const open: Span = gainSpan(unrealizedPl, signed(unrealizedPl, currency));
    return [span(money(equity, currency), "strong"), span(" "), open];
  });
}

/** The keys that matter most where the focus is, as many as there is room for. */
export function footerLine({ state }: Situation, width: number): Line {
  const useful = BINDINGS.filter(
    (binding) =>
      binding.footer !== undefined &&
      isOnScreen(binding, state) &&
      (!binding.panels || binding.panels.includes(state.focus)),
  );
  const line: Span[] = [];
  for (const { keys, footer = "" } of useful) {
    const key = span(` ${keyText(keys[0] ?? "")}`, "strong");
    const added = [key, span(` ${footer} `, "dim")];
    if (lineWidth([...line, ...added]) > width) break;
    line.push(...added);
  }
  return line;
}
