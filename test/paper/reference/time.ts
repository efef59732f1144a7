const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const NEW_YORK = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** The first 17:00 New York strictly after a moment, by the time zone database. */
export function dayEnd(ms: number): number {
  const hour = Math.floor(ms / HOUR_MS) * HOUR_MS;
  for (let at = hour + HOUR_MS; at <= hour + 2 * DAY_MS; at += HOUR_MS) {
    if (NEW_YORK.format(at) === "17:00:00") return at;
  }
  throw new Error("no day ends");
}
