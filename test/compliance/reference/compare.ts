import { Random } from "../../simulation/random.ts";
import { askQuestion, type Question } from "./books.ts";
import { type Answer, answerOf, type Review } from "./program-side.ts";
import { type Ruling, ruleOn } from "./us-forex.ts";

export type Disagreement = {
  readonly seed: number;
  readonly question: Question;
  readonly about: string;
  readonly reference: unknown;
  readonly program: unknown;
};

export type Compared = {
  readonly books: number;
  readonly disagreements: readonly Disagreement[];
  /** How often the reference came to each conclusion: a comparison that meets none of a kind proves nothing of it. */
  readonly met: ReadonlyMap<string, number>;
};

/** After so many disagreements it stops: one is enough to fail. */
const MOST_KEPT = 20;

type Options = { readonly review?: Review; readonly most?: number };

/** Compares `books` random questions from seed `from` on; each has a seed of its own, and can be asked alone. */
export function compareBooks(
  from: number,
  books: number,
  { review, most = MOST_KEPT }: Options = {},
): Compared {
  const disagreements: Disagreement[] = [];
  const met = new Map<string, number>();
  for (let seed = from; seed < from + books && disagreements.length < most; seed += 1) {
    const question = askQuestion(new Random(seed));
    const ruling = ruleOn(question.trades, question.wish, question.dealer);
    for (const conclusion of conclusionsOf(question, ruling)) {
      met.set(conclusion, (met.get(conclusion) ?? 0) + 1);
    }
    const found = differences(ruling, answerOf(question, review))[0];
    if (found) disagreements.push({ seed, question, ...found });
  }
  return { books, disagreements, met };
}

function conclusionsOf({ wish, dealer }: Question, { law, house, opens }: Ruling) {
  return [
    `law ${law.verdict} ${law.reason ?? ""}`.trim(),
    `house ${house.verdict} ${house.reason ?? ""}`.trim(),
    `wish ${wish.kind}`,
    dealer.hasSafeguard ? "with safeguard" : "law only",
    ...(opens === 0n ? [] : ["opens"]),
  ];
}

type Difference = Pick<Disagreement, "about" | "reference" | "program">;

/** What is forbidden closes nothing, and no house rule is asked. */
function differences(ruling: Ruling, answer: Answer): readonly Difference[] {
  const pairs: [string, unknown, unknown][] = [
    ["law", ruling.law.verdict, answer.law],
    ["the trade that goes before", ruling.instead, answer.instead],
  ];
  if (ruling.law.verdict !== "block") {
    pairs.push(
      ["house rule", ruling.house.verdict, answer.house],
      ["what closes", spelled(ruling.closes), spelled(answer.closes)],
      ["what opens", String(ruling.opens), String(answer.opens)],
    );
  }
  return pairs
    .filter(([, reference, program]) => reference !== program)
    .map(([about, reference, program]) => ({ about, reference, program }));
}

function spelled(closes: Ruling["closes"]): string {
  return closes.map(({ id, units }) => `${units} of ${id}`).join(", ");
}

/** A disagreement, for people: the book, the wish, and who says what. */
export function told({ seed, question, about, reference, program }: Disagreement): string {
  const trades = [...question.trades]
    .sort((a, b) => a.id - b.id)
    .map((trade) => `  trade ${JSON.stringify(trade, bigAsText)}`);
  return [
    `seed ${seed}, ${about}: the reference says ${reference}, the program ${program}`,
    ...trades,
    `  wish ${JSON.stringify(question.wish, bigAsText)}, safeguard: ${question.dealer.hasSafeguard}`,
  ].join("\n");
}

function bigAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
