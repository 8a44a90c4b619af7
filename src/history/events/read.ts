// Paged reading of events.
import { show } from "../../diagnostics/show.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import { type EventQuestion, QuestionError, type Where } from "../question.ts";
import { isWhere, QuestionProblems } from "../resolved-question.ts";
import type { EventFilter, StoredEvent } from "../store/stored.ts";
import { eventFrom } from "./store.ts";

const PAGE = 1_000;

/**
 * Iterates over events, oldest first.
 *
 * @throws QuestionError with all problems of the question
 * @throws the signal's reason if it is aborted
 */
export async function* readEvents(
  question: EventQuestion,
  page: (filter: EventFilter) => Promise<readonly StoredEvent[]>,
): AsyncGenerator<TelemetryEvent, void, undefined> {
  if (typeof question !== "object" || question === null)
    throw new QuestionError("events", [
      `question must be an object such as { type: "COMMAND" }, got ${show(question)}`,
    ]);
  const { signal } = question;
  // The end of the range is fixed, so that new events do not extend the iteration.
  const filter = filterFrom(question);
  let last: StoredEvent | undefined;
  do {
    signal?.throwIfAborted();
    const events = await page({ ...filter, limit: PAGE, after: last });
    signal?.throwIfAborted();
    yield* events.map(eventFrom);
    last = events.length === PAGE ? events.at(-1) : undefined;
  } while (last !== undefined);
}

function filterFrom(question: EventQuestion): EventFilter {
  const problems = new QuestionProblems();
  const { type, source, where = {} } = question;
  for (const [name, value] of Object.entries({ type, source }))
    if (value !== undefined && typeof value !== "string") problems.refuse(name, value, "a string");
  const from = problems.moment("from", question.from);
  const to = problems.moment("to", question.to) ?? Date.now() + AHEAD_MILLIS;
  if (!isWhere(where))
    problems.refuse(
      "where",
      where,
      "an object of fields, each with a string, an array of strings or { not: string }",
    );
  problems.assertNone("events");
  return { type, source, from, to, where: Object.entries(where).map(conditionFrom) };
}

// Events may have timestamps slightly in the future.
const AHEAD_MILLIS = 600_000;

function conditionFrom([path, wanted]: [string, Where[string]]): NonNullable<EventFilter["where"]>[number] {
  if (typeof wanted === "string") return { path, texts: [wanted], negated: false };
  return "not" in wanted
    ? { path, texts: [wanted.not], negated: true }
    : { path, texts: wanted, negated: false };
}
