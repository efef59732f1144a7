import type { Moment } from "../../core/age.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Times } from "../output/times.ts";
import { ASCII, UNICODE } from "./glyphs.ts";
import type { Situation } from "./keys.ts";
import { paste, press } from "./press.ts";
import { PriceTrails } from "./price-trail.ts";
import type { ScreenView } from "./screen.ts";
import { wrapped } from "./spans.ts";
import { type Dialog, initialState, type ScreenSettings, type WatchState } from "./state.ts";
import type { Effect, Step } from "./step.ts";
import type { Ask, Outcome, Question, WatchActions, WatchSource } from "./watch-desk.ts";

export type WatchParts = {
  readonly source: WatchSource;
  readonly actions: WatchActions;
  readonly clock: Clock;
  readonly times: Times;
  readonly settings: ScreenSettings;
};

/** What only the terminal itself can do. */
export type ScreenControl = {
  readonly quit: () => void;
  /** As Ctrl-C does it elsewhere. */
  readonly interrupt: () => void;
  readonly suspend: () => void;
  readonly redraw: () => void;
};

/** Ages grow without anything having changed. */
const TICK_MS = 500;
const OUTPUT_WIDTH = 200;
const MOST_KEYS_AT_ONCE = 8;

/** Keys in, pictures out: the state of one screen, outside React. `subscribe` and `getView` need no `this`. */
export class WatchController {
  private readonly parts: WatchParts;
  private readonly trails = new PriceTrails();
  private readonly listeners = new Set<() => void>();
  private state: WatchState;
  private view: ScreenView;
  private control: ScreenControl | null = null;
  private waiting: { readonly answer: (isYes: boolean) => void } | null = null;
  private asked: Promise<unknown> = Promise.resolve();

  constructor(parts: WatchParts) {
    this.parts = parts;
    this.state = initialState(parts.settings);
    this.view = this.look();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getView = (): ScreenView => this.view;

  /** Begins to follow the source; gives the function that ends it. */
  start(control: ScreenControl): () => void {
    this.control = control;
    const unsubscribe = this.parts.source.subscribe(() => this.changed());
    const ticking = setInterval(() => this.changed(), TICK_MS);
    return () => {
      unsubscribe();
      clearInterval(ticking);
      this.control = null;
      this.waiting?.answer(false);
    };
  }

  press(key: string): void {
    const { clock, actions } = this.parts;
    this.take(press(this.situation(), { key, atMs: clock.monotonicMs(), verbs: actions.verbs }));
  }

  /** Several characters that came at once: a few keys over a slow line, or a text that was pasted. */
  type(text: string): void {
    const keys = [...text];
    if (keys.length > MOST_KEYS_AT_ONCE) this.paste(text);
    else for (const key of keys) this.press(KEY_NAMES[key] ?? key);
  }

  paste(text: string): void {
    this.take(paste(this.situation(), text, this.parts.clock.monotonicMs()));
  }

  /** What is still under way. */
  underWay(): readonly string[] {
    return this.state.busy;
  }

  /** A remark of the program that would have gone to stderr. */
  note(text: string): void {
    this.tell({ level: "note", text });
  }

  private situation(): Situation {
    return { snapshot: this.view.snapshot, state: this.state };
  }

  private take({ state, effects }: Step): void {
    this.state = state;
    for (const effect of effects) this.carryOut(effect);
    this.changed();
  }

  private changed(): void {
    this.view = this.look();
    for (const listener of this.listeners) listener();
  }

  private look(): ScreenView {
    const { source, clock, actions, times } = this.parts;
    const now: Moment = { wall: clock.now(), monotonicMs: clock.monotonicMs() };
    const snapshot = source.getSnapshot();
    this.trails.note(snapshot.quotes, now.monotonicMs);
    return {
      snapshot,
      now,
      state: this.state,
      glyphs: this.state.isAscii ? ASCII : UNICODE,
      times,
      trails: this.trails,
      verbs: actions.verbs,
    };
  }

  private carryOut(effect: Effect): void {
    const { actions } = this.parts;
    switch (effect.kind) {
      case "quit":
      case "interrupt":
      case "suspend":
      case "redraw":
        this.control?.[effect.kind]();
        return;
      case "refresh":
        actions.refresh();
        this.note("Asking the brokers anew.");
        return;
      case "answer":
        this.waiting?.answer(effect.isYes);
        return;
      case "add":
        this.tell(actions.addInstrument(effect.connection, effect.instrument));
        return;
      case "remove":
        this.tell(actions.removeInstrument(effect.connection, effect.instrument));
        return;
      case "read-instruments":
        void this.readInstruments(effect.account);
        return;
      case "run":
        void this.run(effect.words);
        return;
      default:
        void this.act(effect);
    }
  }

  /** One at a time: a key that repeats must not do it twice. */
  private async act(effect: Extract<Effect, { kind: keyof typeof ERRANDS }>): Promise<void> {
    const errand = ERRANDS[effect.kind];
    if (this.state.busy.length > 0) {
      this.note(`${this.state.busy.join(", ")}: wait for that first.`);
      return;
    }
    this.setBusy([errand]);
    const before = this.state.dialog;
    const outcome = await this.outcomeOf(effect);
    this.setBusy([]);
    // A form that led nowhere stays for another try.
    const isDone = outcome.level === "good" && this.state.dialog === before;
    if (isDone) this.state = { ...this.state, dialog: null };
    this.tell(outcome);
  }

  private async outcomeOf(
    effect: Extract<Effect, { kind: keyof typeof ERRANDS }>,
  ): Promise<Outcome> {
    const { actions } = this.parts;
    switch (effect.kind) {
      case "place":
        return actions.placeTicket(effect.ticket, this.ask);
      case "close":
        return actions.close(effect.target, effect.portion, this.ask);
      case "exits":
        return actions.changeExits(effect.target, effect.form, this.ask);
      case "cancel":
        return actions.cancel(effect.order, this.ask);
      case "reconnect":
        await actions.disconnect(effect.connection);
        return actions.connect(effect.connection);
      default:
        return actions[effect.kind](effect.connection);
    }
  }

  private async run(words: string): Promise<void> {
    if (this.state.busy.length > 0) {
      this.note(`${this.state.busy.join(", ")}: wait for that first.`);
      return;
    }
    this.setBusy([`Running ${words}`]);
    const { title, text } = await this.parts.actions.run(words, this.ask);
    this.setBusy([]);
    const lines = wrapped(text.trimEnd(), OUTPUT_WIDTH);
    this.open({ kind: "output", title, lines, top: 0 });
  }

  private async readInstruments(account: Parameters<WatchActions["instruments"]>[0]) {
    const choices = await this.parts.actions.instruments(account).catch((error: unknown) => {
      this.tell({ level: "bad", text: error instanceof Error ? error.message : String(error) });
      return [];
    });
    const { dialog } = this.state;
    if (dialog?.kind === "picker") this.open({ ...dialog, choices });
  }

  private open(dialog: Dialog): void {
    this.state = { ...this.state, dialog };
    this.changed();
  }

  private setBusy(busy: readonly string[]): void {
    this.state = { ...this.state, busy, notice: null };
    this.changed();
  }

  private tell(notice: Outcome): void {
    this.state = { ...this.state, notice };
    this.changed();
  }

  /** Puts a question on the screen, one after the other; no when the screen is closed. */
  private readonly ask: Ask = (question) => {
    const answered = this.asked.then(() => this.putQuestion(question));
    this.asked = answered;
    return answered;
  };

  private putQuestion(question: Question): Promise<boolean> {
    if (!this.control) return Promise.resolve(false);
    const openedAtMs = this.parts.clock.monotonicMs();
    const behind = this.state.dialog;
    return new Promise((resolve) => {
      this.waiting = {
        answer: (isYes) => {
          this.waiting = null;
          resolve(isYes);
        },
      };
      this.open({
        kind: "question",
        question,
        typed: "",
        top: 0,
        openedAtMs,
        lastKeyMs: openedAtMs,
        behind,
      });
    });
  }
}

/** Characters that are keys with a name. */
const KEY_NAMES: Readonly<Record<string, string>> = {
  " ": "space",
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\u007f": "backspace",
  "\u0003": "ctrl-c",
};

/** What is under way, in words. */
const ERRANDS = {
  place: "Order",
  close: "Close",
  exits: "Exits",
  cancel: "Cancellation",
  halt: "Halt",
  resume: "Resume",
  connect: "Connect",
  disconnect: "Disconnect",
  reconnect: "Reconnect",
} as const;
