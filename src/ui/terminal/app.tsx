import { Box, type Key, Text, useApp, useInput, usePaste, useWindowSize } from "ink";
import { memo, useEffect, useMemo, useSyncExternalStore } from "react";
import type { WatchController } from "./controller.ts";
import { paint } from "./palette.ts";
import { screenLines } from "./screen.ts";

type AppProps = {
  readonly controller: WatchController;
  /** Stops this process until the shell continues it. */
  readonly stop: () => Promise<void>;
};

/** The screen: the controller's view in lines, and every key to the controller. */
export function App({ controller, stop }: AppProps) {
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  const view = useSyncExternalStore(controller.subscribe, controller.getView);
  useEffect(
    () =>
      controller.start({
        quit: () => exit(),
        interrupt: () => process.kill(process.pid, "SIGINT"),
        suspend: () => void suspendTerminal(stop),
        redraw: () => void suspendTerminal(() => undefined),
      }),
    [controller, stop, exit, suspendTerminal],
  );
  useInput((input, key) => {
    const name = keyName(input, key);
    if (name === null) controller.type(input);
    else controller.press(name);
  });
  usePaste((text) => controller.paste(text));
  const lines = useMemo(
    () => screenLines(view, { columns, rows }).map((line) => paint(line, view.state.palette)),
    [view, columns, rows],
  );
  return (
    // A terminal that has become narrower is drawn once more before its new lines are there: it cuts them, and wraps none.
    <Box flexDirection="column" width="100%" height={rows}>
      {lines.map((text, y) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of the screen is its place.
        <Row key={y} text={text} />
      ))}
    </Box>
  );
}

/** One line of the screen, drawn anew only when its text is another one. */
const Row = memo(({ text }: { readonly text: string }) => <Text wrap="truncate">{text}</Text>);

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pgup"],
  ["pageDown", "pgdn"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "escape"],
  ["backspace", "backspace"],
  ["delete", "delete"],
];

/** The key's one name; null for several characters at once. */
function keyName(input: string, key: Key): string | null {
  if (key.tab) return key.shift ? "shift-tab" : "tab";
  const named = NAMED.find(([flag]) => key[flag] === true);
  if (named) return named[1];
  if (key.ctrl) return `ctrl-${input}`;
  if (input === " ") return "space";
  return [...input].length === 1 ? input : null;
}
