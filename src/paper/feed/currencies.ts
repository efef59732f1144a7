import { Decimal } from "../../core/money.ts";

/** What the synthetic market knows about a currency (or a metal). */
export type Currency = {
  readonly code: string;
  readonly name: string;
  /** Value in US dollars around which it moves, in billionths. */
  readonly usdBillionths: bigint;
  /** Size of its usual move in one second, in billionths of its value. */
  readonly volatility: number;
  /** Interest it earns a year. */
  readonly interest: Decimal;
};

/** Code, name, US dollars for one (in billionths), volatility, interest in basis points: the levels of autumn 2026. */
const ROWS = [
  ["USD", "US dollar", 1_000_000_000n, 0, 375],
  ["EUR", "Euro", 1_160_000_000n, 18_000, 200],
  ["GBP", "Pound sterling", 1_315_000_000n, 17_500, 375],
  ["AUD", "Australian dollar", 652_000_000n, 19_500, 360],
  ["NZD", "New Zealand dollar", 572_000_000n, 19_500, 225],
  ["CAD", "Canadian dollar", 714_285_714n, 13_500, 225],
  ["CHF", "Swiss franc", 1_242_236_024n, 17_500, 0],
  ["JPY", "Japanese yen", 6_430_868n, 19_500, 75],
  ["SEK", "Swedish krona", 105_263_158n, 22_000, 175],
  ["NOK", "Norwegian krone", 98_522_167n, 22_000, 400],
  ["DKK", "Danish krone", 155_400_155n, 18_000, 160],
  ["MXN", "Mexican peso", 54_347_826n, 23_000, 700],
  ["ZAR", "South African rand", 57_803_468n, 27_000, 675],
  ["SGD", "Singapore dollar", 768_639_508n, 9_500, 130],
  ["HKD", "Hong Kong dollar", 128_369_705n, 1_200, 300],
  ["PLN", "Polish zloty", 272_479_564n, 22_000, 400],
  ["CZK", "Czech koruna", 47_846_890n, 20_000, 350],
  ["HUF", "Hungarian forint", 3_021_148n, 24_000, 625],
  ["XAU", "Gold", 4_100_000_000_000n, 34_000, 0],
] as const;
const ROW_BY_CODE = new Map<string, (typeof ROWS)[number]>(ROWS.map((row) => [row[0], row]));

/** The currency of that code, or undefined. */
export function currencyOf(code: string): Currency | undefined {
  const row = ROW_BY_CODE.get(code);
  if (!row) return undefined;
  const [, name, usdBillionths, volatility, basisPoints] = row;
  const interest = new Decimal(BigInt(basisPoints), 4);
  return { code, name, usdBillionths, volatility, interest };
}
