import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { REGIONS } from "../../core/account.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import { parseDecimal } from "../../core/money.ts";
import { addMs } from "../../core/time.ts";
import type { PriceHistory } from "../../paper/feed/price-history.ts";
import { openRecordedFeed, parseTickCsv } from "../../paper/feed/recorded-feed.ts";
import type { RecordedTick } from "../../paper/feed/recording.ts";
import { openSyntheticFeed } from "../../paper/feed/synthetic-feed.ts";
import { parseFault } from "../../paper/v20-server/faults.ts";
import {
  openPracticeServer,
  type PracticeAccount,
  type PracticeServer,
} from "../../paper/v20-server/server.ts";
import type { GuaranteedStopMode } from "../../paper/venue-profile.ts";
import { choiceOption, integerOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { readLines } from "./read-lines.ts";

type ServeOptions = {
  readonly port: string;
  readonly host: string;
  readonly token?: string;
  readonly seed: string;
  readonly accounts: string;
  readonly region: string;
  readonly guaranteed?: string;
  readonly balance: string;
  readonly currency: string;
  readonly feed: string;
  readonly speed: string;
  readonly hours: string;
  readonly fault: readonly string[];
};

const USER_ID = "101-001-1000001";
const ACCOUNTS_MAX = 100;
/** An instrument that first trades later than this is without a price until then. */
const QUIET_MS_MAX = 60_000;
const SPEED_MAX = 100_000;
const TOKEN_BYTES = 24;
const INTEGER_MAX = 999_999_999;

export const serve: CommandMaker = (context) =>
  examples(
    command("serve", "Serve OANDA's v20 API (REST and streams) over the paper venue, offline")
      .option("--port <port>", "port; 0 takes any free one", "8090")
      .option("--host <address>", "address to listen on", "127.0.0.1")
      .option("--token <token>", "token that clients must send (default: a new one)")
      .option("--seed <number>", "seed of prices and faults", "1")
      .option("--accounts <number>", "how many accounts the token has", "1")
      .option("--region <region>", `rules of its accounts: ${REGIONS.join(", ")}`, "US")
      .option("--balance <amount>", "balance of each account", "100000")
      .option("--currency <code>", "currency of its accounts", "USD")
      .option(
        "--guaranteed <mode>",
        "guaranteed stops: disabled, allowed or required (default: by the region)",
      )
      .option(
        "--feed <file>",
        "synthetic, or a file time,instrument,bid,ask (.csv or .csv.gz)",
        "synthetic",
      )
      .option("--speed <factor>", "how many times as fast a file is replayed", "1")
      .option(
        "--hours <hours>",
        "always, or market (Sunday 17:00 to Friday 17:00 New York)",
        "always",
      )
      .option(
        "--fault <kind=rate>",
        "faults on demand, e.g. lost-response=0.1; may be repeated",
        collect,
        [],
      )
      .action((options: ServeOptions) => run(context, options)),
    [
      "practice serve",
      "practice serve --port 0 --token demo --json",
      "practice serve --accounts 3 --region EU --currency EUR",
      "practice serve --feed ticks.csv.gz --speed 10 --fault http-500=0.05",
    ],
  );

async function run(context: Context, options: ServeOptions): Promise<void> {
  const server = await open(context, options);
  const { url, token, accounts } = server;
  // Whoever reads that it's ready may stop it at once.
  const stopped = untilStopped(context.signal);
  context.print(() => `Practice server ${url} token ${token} accounts ${accounts.join(", ")}`, {
    url,
    token,
    accounts,
  });
  context.note("Stop it with Ctrl-C.");
  await stopped;
  await server.close();
}

/** Ctrl-C and SIGTERM are how a server ends well. */
async function untilStopped(signal: AbortSignal): Promise<void> {
  const terminated = once(process, "SIGTERM");
  const interrupted = signal.aborted ? Promise.resolve() : once(signal, "abort");
  const alive = setInterval(() => undefined, 2 ** 30);
  await Promise.race([terminated, interrupted]);
  clearInterval(alive);
}

async function open(context: Context, options: ServeOptions): Promise<PracticeServer> {
  const hours = choiceOption("--hours", options.hours, ["always", "market"] as const);
  const seed = integerOption("--seed", options.seed, { minimum: 0, maximum: INTEGER_MAX });
  const feed = await openFeed(context, options, { seed, hours });
  const port = integerOption("--port", options.port, { minimum: 0, maximum: 65_535 });
  const guaranteed = guaranteedOf(options.guaranteed);
  try {
    return await openPracticeServer({
      host: options.host,
      port,
      token: tokenOf(options.token),
      feed,
      clock: context.clock,
      accounts: accountsOf(options),
      ...(guaranteed ? { guaranteedStops: guaranteed } : {}),
      hours,
      seed,
      faults: options.fault.map(parseFault),
      onError: (error) => context.note(`practice server: ${String(error)}`),
    });
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error;
    throw usageFailure(
      `The server can't listen on ${options.host}:${options.port}: ${error.message}.`,
      "Choose another --port; 0 takes any free one.",
    );
  }
}

function accountsOf(options: ServeOptions): readonly PracticeAccount[] {
  const count = integerOption("--accounts", options.accounts, {
    minimum: 1,
    maximum: ACCOUNTS_MAX,
  });
  const terms = {
    region: choiceOption("--region", options.region, REGIONS),
    currency: currencyOf(options.currency),
    balance: balanceOf(options.balance),
  };
  return Array.from({ length: count }, (_, index) => {
    const id = `${USER_ID}-${String(index + 1).padStart(3, "0")}`;
    return { ...terms, id };
  });
}

function guaranteedOf(text: string | undefined): GuaranteedStopMode | null {
  if (text === undefined) return null;
  const mode = choiceOption("--guaranteed", text, ["disabled", "allowed", "required"] as const);
  return ({ disabled: "DISABLED", allowed: "ALLOWED", required: "REQUIRED" } as const)[mode];
}

async function openFeed(
  context: Context,
  options: ServeOptions,
  { seed, hours }: { readonly seed: number; readonly hours: "always" | "market" },
): Promise<PriceHistory> {
  const speed = integerOption("--speed", options.speed, { minimum: 1, maximum: SPEED_MAX });
  if (options.feed === "synthetic") return openSyntheticFeed({ seed, hours });
  const ticks = parseTickCsv(await readLines(options.feed));
  const start = addMs(context.clock.now(), -Math.ceil(quietMs(ticks) / speed));
  return openRecordedFeed(ticks, { start, speed });
}

/** How long a recording runs before all that it begins with have a price: the replay starts there. */
function quietMs(ticks: readonly RecordedTick[]): number {
  const firstMs = ticks[0]?.timeMs ?? 0;
  const first = new Map<string, number>();
  for (const { instrument, timeMs } of ticks) {
    if (timeMs - firstMs > QUIET_MS_MAX) break;
    if (!first.has(instrument)) first.set(instrument, timeMs - firstMs);
  }
  return Math.max(0, ...first.values());
}

function tokenOf(text: string | undefined): string {
  if (text === undefined) return randomBytes(TOKEN_BYTES).toString("hex");
  if (/^[!-~]{1,4096}$/.test(text)) return text;
  throw usageFailure("--token must be printable ASCII without spaces.");
}

function currencyOf(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw usageFailure(`--currency "${text.slice(0, 20)}" is no currency, such as USD.`);
}

function balanceOf(text: string) {
  const balance = parseDecimal(text);
  if (balance?.isPositive() && balance.decimals() <= 4) return balance;
  throw usageFailure(`--balance "${text.slice(0, 40)}" is not an amount above zero.`);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
