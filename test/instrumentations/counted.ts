/** What hooks of messaging libraries have recorded. */
import type { Attributes } from "@opentelemetry/api";
import type { Collecting } from "../collecting.ts";

/** The figures of one destination; `undefined` is never recorded. */
export interface Counted {
  readonly sent: unknown;
  readonly received: unknown;
  readonly processed: number | undefined;
  readonly inFlight: unknown;
  readonly retried: unknown;
}

/** The figures of the one destination with just these attributes. */
export async function countedOn({ point }: Collecting, attributes: Attributes): Promise<Counted> {
  return {
    sent: await point("messages.sent", attributes),
    received: await point("messages.received", attributes),
    processed: countOf(await point("message.processing.duration", attributes)),
    inFlight: await point("messages.in_flight", attributes),
    retried: await point("messages.retried", attributes),
  };
}

/** How many values a histogram has; `undefined` of what is none. */
export function countOf(value: unknown): number | undefined {
  return isHistogram(value) ? value.count : undefined;
}

/** What a histogram's values add up to; `undefined` of what is none. */
export function sumOf(value: unknown): number | undefined {
  return isHistogram(value) ? value.sum : undefined;
}

function isHistogram(value: unknown): value is { readonly count: number; readonly sum: number } {
  return typeof value === "object" && value !== null && "count" in value && "sum" in value;
}
