import type { AuditRecord } from "../ports/journal.ts";
import type { Desk } from "./desk.ts";
import type { OrderContext } from "./order-context.ts";

/** An audit entry about one order: who, where, which order, and `data` beside it. */
export function auditRecord(
  { desk, request }: Pick<OrderContext, "desk" | "request">,
  kind: string,
  data: Readonly<Record<string, unknown>>,
): AuditRecord {
  const { signalId, agent } = request.origin;
  return deskRecord(desk, kind, {
    clientOrderId: request.clientOrderId,
    instrument: request.instrument,
    signalId,
    agent,
    ...data,
  });
}

/** An audit entry about an account. */
export function deskRecord(
  desk: Pick<Desk, "clock" | "profile" | "account" | "actor">,
  kind: string,
  data: Readonly<Record<string, unknown>>,
): AuditRecord {
  return {
    at: desk.clock.now(),
    kind,
    data: {
      connection: desk.profile.name,
      account: desk.account.id,
      environment: desk.profile.environment,
      actor: desk.actor,
      ...data,
    },
  };
}
