// Events of a history, page by page.
import type { TelemetryEvent } from "../../events/telemetry-event.ts";
import type { EventQuestion, Where } from "../question.ts";
import { QuestionError } from "../question-error.ts";
import type { EventFilter, StoredEvent } from "../store/stored.ts";
import { wholeMillisFrom } from "../time.ts";
import { eventFrom } from "./event-codec.ts";

const PAGE = 1_000;

/**
 * The events that are asked for, the oldest first.
 *
 * @param page gives the events of a filter, in the order of time and then id.
 * @throws QuestionError with all that is wrong with the question; the signal's reason where it is aborted.
 */
export async function* readEvents(
  question: EventQuestion,
  page: (filter: EventFilter) => Promise<readonly StoredEvent[]>,
): AsyncGenerator<TelemetryEvent, void, undefined> {
  const { signal } = question;
  // What comes while it is read does not go on for ever.
  const filter = filterFrom(question);
  let last: StoredEvent | undefined;
  do {
    signal?.throwIfAborted();
    const events = await page({ ...filter, limit: PAGE, ...(last !== undefined && { after: last }) });
    signal?.throwIfAborted();
    yield* events.map(eventFrom);
    last = events.length === PAGE ? events.at(-1) : undefined;
  } while (last !== undefined);
}

function filterFrom(given: EventQuestion): EventFilter {
  const problems: string[] = [];
  const text = (name: "type" | "source"): Pick<EventFilter, typeof name> => {
    const value: unknown = given[name];
    if (value === undefined) return {};
    if (typeof value !== "string") problems.push(`${name} is ${JSON.stringify(value)}; give a text`);
    return { [name]: value };
  };
  const moment = (name: "from" | "to"): Pick<EventFilter, typeof name> => {
    const value: unknown = given[name];
    if (value === undefined) return {};
    const millis = wholeMillisFrom(value);
    if (millis !== undefined) return { [name]: millis };
    problems.push(`${name} is ${JSON.stringify(value)}; give a Date, ISO 8601, or seconds since the epoch`);
    return {};
  };
  const filter = { ...text("type"), ...text("source"), ...moment("from"), ...moment("to") };
  const where = conditionsFrom(given.where, problems);
  if (problems.length > 0) throw new QuestionError("events", problems);
  return { ...filter, to: filter.to ?? Date.now() + AHEAD_MILLIS, ...(where.length > 0 && { where }) };
}

// As far ahead as an event may be recorded, and a little.
const AHEAD_MILLIS = 600_000;

type Condition = NonNullable<EventFilter["where"]>[number];

function conditionsFrom(where: Where | undefined, problems: string[]): readonly Condition[] {
  if (where === undefined) return [];
  return Object.entries(where).map(([path, wanted]): Condition => {
    const given: unknown = wanted;
    if (typeof given === "string") return { path, texts: [given], negated: false };
    if (Array.isArray(given) && given.every((each) => typeof each === "string"))
      return { path, texts: given, negated: false };
    if (typeof given === "object" && given !== null && "not" in given && typeof given.not === "string")
      return { path, texts: [given.not], negated: true };
    problems.push(`where of "${path}" is ${JSON.stringify(given)}; give a text, several, or { not: text }`);
    return { path, texts: [], negated: false };
  });
}
