import { existsSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../core/secret.ts";
import { type NotifySettings, type OrderAlert, ROUTING_KEY_ITEM } from "../ports/alerts.ts";
import type { CredentialStore } from "../ports/credential-store.ts";
import { AlertClaims } from "./alert-claims.ts";
import { commandTarget } from "./command-target.ts";
import { desktopTarget } from "./desktop-target.ts";
import {
  type HttpTargetOptions,
  PAGERDUTY_URL,
  pagerDutyTarget,
  webhookTarget,
} from "./http-targets.ts";
import { type AlertTarget, alertKey } from "./message.ts";
import { type AlertOptions, inTime, tell, tellAll, type Way } from "./tell.ts";
import type { Troubles } from "./troubles.ts";

export type NotifyOptions = Omit<AlertOptions, "targets" | "folder"> &
  HttpTargetOptions & {
    readonly settings: NotifySettings;
    readonly variables: Readonly<Record<string, string | undefined>>;
    readonly stateFolder: string;
    readonly store: (name: "keychain" | "file") => Promise<CredentialStore>;
    /** What the log must not hold: the routing key joins it. */
    readonly secrets: Secret[];
  };

/** Tells whom the user configured. Nobody is told that something is over who wasn't told of it. */
export async function tellConfigured(troubles: Troubles, options: NotifyOptions): Promise<void> {
  const folder = join(options.stateFolder, "alerts");
  if (troubles.raised.length === 0 && !existsSync(folder)) return;
  const targets = await targetsOf(options);
  if (targets.length > 0) await tellAll(troubles, { ...options, targets, folder });
}

/** Most events of orders an hour, of all processes. */
export const ORDER_EVENTS_PER_HOUR = 60;

/**
 * Tells whom the user configured what happened to orders, oldest first. False when nobody could be told; what is beyond the
 * hour's events is logged, and counts as told.
 */
export async function tellOrders(
  alerts: readonly OrderAlert[],
  options: NotifyOptions,
): Promise<boolean> {
  const targets = directTargets(options);
  const folder = join(options.stateFolder, "notices");
  const slots = new AlertClaims(folder, ORDER_EVENTS_PER_HOUR);
  let isAnybodyTold = false;
  const tellOne = async (alert: OrderAlert, way: Way) => {
    const at = options.clock.now();
    const message = { event: "order", key: alertKey("order", alert.subject), at, alert } as const;
    if (targets.length === 0) return;
    const isWithin = slots.takeSlot(at);
    if (!isWithin) {
      const fields = { action: `alert ${alert.kind}`, outcome: "failure" } as const;
      options.log.write("warn", `Too many this hour to be told: ${message.key}`, fields);
    }
    const isTold = !isWithin || (await tell(message, way));
    isAnybodyTold ||= isTold;
  };
  await inTime({ ...options, targets, folder }, (way) => alerts.map((one) => tellOne(one, way)));
  return isAnybodyTold;
}

/** Those that take everything. */
function directTargets(options: NotifyOptions): AlertTarget[] {
  const { settings, variables } = options;
  const targets: AlertTarget[] = [];
  if (settings.command !== null) targets.push(commandTarget(settings.command, variables));
  if (settings.webhook !== null) targets.push(webhookTarget(settings.webhook, options));
  if (settings.desktop) targets.push(desktopTarget(process.platform, variables));
  return targets;
}

async function targetsOf(options: NotifyOptions): Promise<readonly AlertTarget[]> {
  const { settings, variables } = options;
  const targets = directTargets(options);
  if (settings.pagerduty === "off") return targets;
  try {
    const key = await routingKey(settings.pagerduty, options);
    options.secrets.push(key);
    const url = pagerDutyUrl(variables.TMT_BROKER_PAGERDUTY_URL);
    targets.push(pagerDutyTarget({ key, url }, options));
  } catch (error) {
    const fields = { action: "alert", outcome: "failure", error } as const;
    options.log.write("error", "PagerDuty can't be told: its routing key can't be read", fields);
  }
  return targets;
}

async function routingKey(
  place: "environment" | "keychain" | "file",
  { variables, store }: NotifyOptions,
): Promise<Secret> {
  if (place === "environment") {
    const key = variables.TMT_BROKER_PAGERDUTY_KEY;
    if (!key) throw new Error("TMT_BROKER_PAGERDUTY_KEY is not set");
    return new Secret(key);
  }
  const key = await (await store(place)).read(ROUTING_KEY_ITEM);
  if (key === null)
    throw new Error(`the ${place} has none: tmt-broker config set notify.pagerduty ${place}`);
  return key;
}

/** Another address only on this computer, for tests: the routing key goes to nobody else. */
export function pagerDutyUrl(given: string | undefined): string {
  if (given === undefined || !URL.canParse(given)) return PAGERDUTY_URL;
  const { protocol, hostname } = new URL(given);
  const isHere = protocol === "http:" && (hostname === "127.0.0.1" || hostname === "[::1]");
  return isHere ? given : PAGERDUTY_URL;
}
