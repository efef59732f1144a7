import { toPips } from "../../../core/instrument.ts";
import { spreadOf } from "../../../core/quote.ts";
import { insertText } from "../edit-text.ts";
import { ageText, badge, type PanelView } from "../panels/view.ts";
import { priceText } from "../panels/watchlist.ts";
import { quoteOf } from "../rows.ts";
import { foreign, type Line, span } from "../spans.ts";
import type { TicketDialog, WatchState } from "../state.ts";
import { type Step, step, told, withDialog } from "../step.ts";
import { accountKey, type Ticket } from "../watch-desk.ts";
import { editField, type Field, formLines, nextField } from "./form.ts";

type FieldName = Exclude<keyof Ticket, "account"> | "account";
type NamedField = Field & { readonly name: FieldName };

const DISTANCE_HINT = "a price, 20p, 0.5%, default; empty: none";

/** The fields of a ticket: those about waiting only where the order waits. */
export function fieldsOf({ ticket, accounts }: TicketDialog): readonly NamedField[] {
  const typed = (name: Exclude<FieldName, "account">, label: string, hint: string): NamedField => ({
    name,
    label,
    hint,
    value: ticket[name],
    choices: null,
  });
  const isWaiting = ticket.type !== "market";
  const waiting = [
    typed("price", "Price", "what it waits for"),
    typed("expires", "Expires", "7d, 12h, 2026-11-30; empty: until cancelled"),
  ];
  const sides: NamedField = {
    ...typed("side", "Side", "left and right change it"),
    choices: ["buy", "sell"],
  };
  const types: NamedField = {
    ...typed("type", "Type", "left and right change it"),
    choices: ["market", "limit", "stop", "mit"],
  };
  const account: NamedField = {
    name: "account",
    label: "Account",
    hint: accounts.length > 1 ? "left and right change it" : "",
    value: accountKey(ticket.account),
    choices: accounts.map(accountKey),
  };
  return [
    sides,
    typed("instrument", "Instrument", "EUR_USD, eurusd"),
    typed("size", "Size", "units (10000, 10k), or a risk at the stop (1%)"),
    types,
    ...(isWaiting ? waiting : []),
    typed("stopLoss", "Stop loss", DISTANCE_HINT),
    typed("takeProfit", "Take profit", DISTANCE_HINT),
    typed("trailing", "Trailing", "20p, 0.5%, default; empty: none"),
    account,
  ];
}

export function pressTicket(state: WatchState, dialog: TicketDialog, key: string): Step {
  if (key === "escape") return step(withDialog(state, null));
  const { ticket, field } = dialog;
  const fields = fieldsOf(dialog);
  if (key === "enter") {
    if (ticket.instrument.trim() === "") return told(state, "The instrument is missing.", "bad");
    if (ticket.size.trim() === "")
      return told(state, "The size is missing: 10000, 10k or 1%.", "bad");
    return step({ ...state, notice: null }, { kind: "place", ticket });
  }
  const next = nextField(field, fields.length, key);
  if (next !== null) return step(withDialog(state, { ...dialog, field: next }));
  const current = fields[field];
  const value = current && editField(current, key);
  if (!current || value === null || value === undefined) return step(state);
  return step(withDialog(state, withValue(dialog, current.name, value)));
}

export function pasteIntoTicket(state: WatchState, dialog: TicketDialog, text: string): Step {
  const current = fieldsOf(dialog)[dialog.field];
  if (!current || current.choices) return step(state);
  return step(withDialog(state, withValue(dialog, current.name, insertText(current.value, text))));
}

function withValue(dialog: TicketDialog, name: FieldName, value: string): TicketDialog {
  const { ticket, accounts } = dialog;
  if (name === "account") {
    const account = accounts.find((one) => accountKey(one) === value) ?? ticket.account;
    return { ...dialog, ticket: { ...ticket, account } };
  }
  return { ...dialog, ticket: { ...ticket, [name]: value } };
}

/** The ticket with the price of now, and the command that does the same. */
export function ticketLines(view: PanelView, dialog: TicketDialog): readonly Line[] {
  const { ticket } = dialog;
  const owner = view.snapshot.accounts.find(
    ({ connection, id }) =>
      connection === ticket.account.connection && id === ticket.account.account,
  );
  const head = owner ? [badge(owner.environment), span(" ")] : [];
  return [
    [...head, span("ORDER TICKET", "heading"), span("  "), ...marketSpans(view, ticket)],
    ...formLines(fieldsOf(dialog), dialog.field, view.glyphs),
    [span("  Same as: ", "dim"), foreign(commandText(ticket), "dim")],
    [span("  Enter reviews it, nothing is sent before you confirm. Esc goes back.", "dim")],
  ];
}

function marketSpans(view: PanelView, { instrument, account }: Ticket): Line {
  const name = instrument.trim().toUpperCase().replaceAll(/[/-]/g, "_");
  const live = quoteOf(view.snapshot, account.connection, name);
  if (!live?.quote) return [span("no live price on the list", "dim")];
  const { bid, ask } = live.quote;
  const spread = live.terms
    ? `, spread ${toPips(spreadOf(live.quote), live.terms).toFixed(1)}p`
    : "";
  const text = `${priceText(bid, live)} / ${priceText(ask, live)}${spread}, ${ageText(live.age, view.now)} old`;
  return [span(text, live.isStale ? "warning" : "plain")];
}

/** The command line of a ticket. */
export function commandText(ticket: Ticket): string {
  const isRisk = ticket.size.trim().endsWith("%");
  const exit = (option: string, value: string) => {
    const text = value.trim();
    if (text === "") return "";
    return text === "default" ? ` ${option}` : ` ${option} ${text}`;
  };
  const isWaiting = ticket.type !== "market";
  return [
    `tmt-broker order ${ticket.side} ${ticket.instrument.trim() || "INSTRUMENT"}`,
    isRisk ? ` --risk ${ticket.size.trim()}` : ` ${ticket.size.trim() || "UNITS"}`,
    isWaiting ? ` --type ${ticket.type} --price ${ticket.price.trim()}` : "",
    isWaiting && ticket.expires.trim() !== "" ? ` --expires ${ticket.expires.trim()}` : "",
    exit("--sl", ticket.stopLoss),
    exit("--tp", ticket.takeProfit),
    exit("--trailing", ticket.trailing),
    ` -c ${ticket.account.connection} -a ${ticket.account.account}`,
  ].join("");
}
