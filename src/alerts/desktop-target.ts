import { spawn } from "node:child_process";
import { ended, publicOnes, spawning } from "./command-target.ts";
import type { AlertMessage, AlertTarget } from "./message.ts";

type Words = { readonly title: string; readonly body: string; readonly isUrgent: boolean };
type Call = { readonly program: string; readonly words: readonly string[] };

/** What a notification can show at all. */
const LONGEST = 500;
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The desktop of the user who runs the program: notify-send on Linux, osascript on macOS. No shell is between, and what a
 * broker wrote is one argument of its own.
 */
export function desktopTarget(
  platform: NodeJS.Platform,
  variables: Readonly<Record<string, string | undefined>>,
): AlertTarget {
  return {
    name: "notify.desktop",
    tell: async (message, signal) => {
      const call = callOf(platform, wordsOf(message));
      if (!call) throw new Error(`there is no desktop that is known here (${platform})`);
      const { program, words } = call;
      const child = spawn(program, words, spawning(publicOnes(variables)));
      await ended(child, { input: "", signal });
    },
  };
}

/** How a desktop is told; null for one that isn't known. */
export function callOf(platform: NodeJS.Platform, { title, body, isUrgent }: Words): Call | null {
  if (platform === "linux") {
    const urgency = isUrgent ? "critical" : "normal";
    const options = ["--app-name=tmt-broker", `--urgency=${urgency}`, "--"];
    return { program: "notify-send", words: [...options, title, markup(body)] };
  }
  if (platform !== "darwin") return null;
  // The texts come as arguments of the script, never as a part of it.
  const script = [
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
  ];
  return {
    program: "osascript",
    words: [...script.flatMap((line) => ["-e", line]), "--", title, body],
  };
}

function wordsOf(message: AlertMessage): Words {
  const { alert, event } = message;
  const body = "summary" in alert ? alert.summary : `${alert.kind} is over`;
  const place = "connection" in alert && alert.connection ? `: ${alert.connection}` : "";
  const isUrgent = event === "trigger" || (event === "order" && message.alert.isUrgent);
  return { title: plain(`tmt-broker${place}`), body: plain(body), isUrgent };
}

function plain(text: string): string {
  return text.slice(0, LONGEST).replaceAll(HOSTILE, " ");
}

/** A notification's body is markup to many desktops, and notify-send reads backslashes as escapes. */
function markup(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
