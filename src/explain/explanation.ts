// Facts about an alert: its figure, its likeliest causes, and the gaps.
import { lengthText } from "../diagnostics/length-text.ts";
import { showUrl } from "../diagnostics/show.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import type { Application } from "./application.ts";
import { likeliestCauses } from "./causes.ts";
import { changesOf, type Changes } from "./changes.ts";
import { conditionOf, usualOf } from "./condition.ts";
import { countedOf } from "./counted.ts";
import type { CurrentAlert } from "./current-alerts.ts";
import type { Explanation } from "./explained-alert.ts";
import { functionsOf } from "./functions.ts";
import { busyMachineOf } from "./machine.ts";
import { budgetOf } from "./objective.ts";
import { type PastEvent, pastEvents } from "./past-events.ts";
import { throttlingOf } from "./throttling.ts";

interface Question {
  /** By default that of the most urgent alert. */
  readonly name?: string | undefined;
  /** Chooses an alert in place of its name. */
  readonly isAsked?: ((alert: CurrentAlert) => boolean) | undefined;
  /** The URL or store by which commands name the application. */
  readonly place: string;
  readonly signal: AbortSignal;
}

const EVENT_SECONDS = 3_600;
const WINDOW_SECONDS = 300;
// The time of the alert that counts for functions and throttling.
const MIN_SECONDS = 30;
const MAX_SECONDS = 3_600;
const MAX_LISTED = 5;

/** The pending and firing alerts. @throws Error if they are not known */
export async function knownAlerts(
  application: Application,
  signal: AbortSignal,
): Promise<readonly CurrentAlert[]> {
  const alerts = await application.alerts?.(signal);
  if (alerts !== undefined) return alerts;
  throw new Error(
    `"${application.name}": no alerts are known; start the application with alerts: true and api: true`,
  );
}

/**
 * Explains an alert; `undefined` without alerts.
 *
 * @throws Error if there are no alerts to ask for, or none with this name
 */
export async function explanationOf(
  application: Application,
  { name, isAsked, place, signal }: Question,
): Promise<Explanation | undefined> {
  const { now, end } = await application.refresh(signal);
  const alerts = await knownAlerts(application, signal);
  const alert = alerts.find((each) => isAsked?.(each) ?? (name === undefined || each.name === name));
  if (alert === undefined) {
    if (name === undefined) return undefined;
    const others =
      alerts.length === 0
        ? "none is"
        : `these are: ${[...new Set(alerts.map((each) => each.name))].join(", ")}`;
    throw new Error(
      `alert "${name}" is not pending or firing; ${others}; tachymeter report lists those that are over`,
    );
  }
  const since = alert.sinceMillis / 1_000;
  const unknown: string[] = [];
  const rule = await conditionOf(application, alert, signal);
  if (rule === undefined)
    unknown.push("the rule: a store has only the predefined ones; ask the application's URL");
  const left = rule?.compared?.left;
  const usual = left === undefined ? undefined : await usualOf(application, alert, left, since, signal);
  if (left !== undefined && usual === undefined)
    unknown.push(
      "the usual values: too few samples from before the alert; without history: true, an hour is kept",
    );
  const seconds = Math.round(Math.min(Math.max(end - since, MIN_SECONDS), MAX_SECONDS));
  const functions = await functionsOf(application, alert, end, seconds, signal);
  const throttling = await throttlingOf(application, end, seconds, signal);
  const machine = await busyMachineOf(application, rule?.metrics ?? [], { end, seconds, signal });
  const counted = await countedOf(application, alert, rule?.expressions ?? [], { end, seconds, signal });
  if (functions.length === 0)
    unknown.push(
      "functions: no profile has named one; with profiles: true, blocks of the event loop have them",
    );
  const changes = await changesOrGap(application, alert, rule?.metrics ?? [], { end, signal });
  if (changes.gap !== undefined) unknown.push(`what changed with it: ${changes.gap}`);
  const events = await pastEvents(
    application,
    since - EVENT_SECONDS,
    Math.min(now, since + WINDOW_SECONDS),
    signal,
  );
  if (application.events === undefined)
    unknown.push("events: a URL has none; the live page has them, and the file of the history");
  const budget = rule && (await budgetOf(application, alert, rule.text, end, signal));
  return {
    alert: {
      name: alert.name,
      state: alert.state,
      isSilenced: alert.isSilenced,
      severity: alert.severity,
      since: new Date(alert.sinceMillis).toISOString(),
      seconds: Math.max(0, Math.round(now - since)),
      labels: Object.fromEntries(alert.labels.filter(([label]) => !label.startsWith("otel_scope_"))),
      summary: alert.summary,
      description: alert.description,
    },
    causes: likeliestCauses({
      functions,
      throttling,
      counted: counted.most,
      changes,
      machine,
      events,
      since,
    }),
    value: {
      current: alert.value,
      ...(rule !== undefined && { condition: rule.text }),
      ...(rule?.compared !== undefined && { limit: rule.compared.limit }),
      ...(usual !== undefined && { usual }),
      ...(budget !== undefined && { budget }),
    },
    functions,
    counted: counted.all,
    changes: changes.all,
    events: events.slice(0, MAX_LISTED).map((event) => eventText(event, since)),
    processes: await processesOf(application, end, signal),
    others: alerts
      .filter((each) => each !== alert)
      .slice(0, MAX_LISTED)
      .map((each) => `${each.name} (${each.state}): ${each.summary}`),
    next: nextSteps(place, since, left, functions.length > 0),
    unknown,
  };
}

// The rest of an explanation is worth more than an error.
async function changesOrGap(
  application: Application,
  alert: CurrentAlert,
  metrics: readonly string[],
  times: { readonly end: number; readonly signal: AbortSignal },
): Promise<Changes> {
  try {
    return await changesOf(application, alert, metrics, times);
  } catch (error) {
    times.signal.throwIfAborted();
    return {
      causes: [],
      where: [],
      resources: [],
      all: [],
      gap: `the series could not be compared (${errorMessage(error)})`,
    };
  }
}

/** An event, with its time before or after the alert. */
function eventText({ text, time }: PastEvent, since: number): string {
  const seconds = Math.round(since - time);
  return `${text}, ${lengthText(Math.abs(seconds))} ${seconds >= 0 ? "earlier" : "later"}`;
}

async function processesOf(
  application: Application,
  now: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const result = await application.query("process_uptime_seconds", { time: now, signal });
  if (result.kind !== "vector") return [];
  return result.series.map(({ labels, value }) => {
    const { instance, service_instance_id: id, service_version: version } = labels;
    const name = instance ?? id ?? "the process";
    return `${name}${version === undefined ? "" : `, version ${version}`}, up for ${lengthText(Math.round(Number(value)))}`;
  });
}

function nextSteps(
  place: string,
  since: number,
  left: string | undefined,
  isProfiled: boolean,
): readonly string[] {
  const isUrl = URL.canParse(place);
  const shown = isUrl ? showUrl(place) : place;
  const from = new Date((since - EVENT_SECONDS) * 1_000).toISOString();
  return [
    ...(left === undefined ? [] : [`tachymeter query ${shown} '${left}' --from ${from}`]),
    ...(isProfiled || !isUrl ? [] : [`tachymeter profile ${shown} --seconds 10`]),
    `tachymeter report ${shown} --from ${from}`,
  ];
}
