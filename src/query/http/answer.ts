// Responses of the API in Prometheus' form.
import { inSlices } from "../../io/yield.ts";
import { isWarning } from "../annotations.ts";
import type { QueryResult } from "../result.ts";
import { type ApiError, STATUS } from "./api-error.ts";
import { resultPieces } from "./result-json.ts";

/** A response of the API: JSON in pieces. */
export interface ApiAnswer {
  readonly status: number;
  readonly pieces: readonly string[];
}

/** The response with a result, written in slices. `limit` is the maximum number of series. */
export async function resultAnswer(
  result: QueryResult,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const count = result.kind === "vector" || result.kind === "matrix" ? result.series.length : 0;
  const isCut = limit !== undefined && count > limit;
  const pieces: string[] = ['{"status":"success","data":'];
  await inSlices(collected(resultPieces(result, limit), pieces), { signal });
  const warnings = result.annotations.filter(isWarning);
  const infos = result.annotations.filter((annotation) => !isWarning(annotation));
  if (isCut) warnings.push(TRUNCATED);
  if (warnings.length > 0) pieces.push(`,"warnings":${JSON.stringify(warnings)}`);
  if (infos.length > 0) pieces.push(`,"infos":${JSON.stringify(infos)}`);
  pieces.push("}");
  return { status: 200, pieces };
}

const TRUNCATED = "results truncated due to limit";

function* collected(pieces: Iterable<string>, all: string[]): Generator<void, void> {
  for (const piece of pieces) {
    all.push(piece);
    yield;
  }
}

/** The response with a list of at most `limit` entries, written in slices. */
export async function listAnswer(
  list: readonly unknown[],
  limit: number | undefined,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const isCut = limit !== undefined && list.length > limit;
  const pieces: string[] = ['{"status":"success","data":['];
  await inSlices(collected(listPieces(isCut ? list.slice(0, limit) : list), pieces), { signal });
  pieces.push(isCut ? `],"warnings":${JSON.stringify([TRUNCATED])}}` : "]}");
  return { status: 200, pieces };
}

function* listPieces(list: readonly unknown[]): Generator<string, void> {
  for (let from = 0; from < list.length; from += ENTRIES_OF_A_PIECE) {
    const text = JSON.stringify(list.slice(from, from + ENTRIES_OF_A_PIECE));
    yield (from === 0 ? "" : ",") + text.slice(1, -1);
  }
}

const ENTRIES_OF_A_PIECE = 100;

/** The response with `data`. */
export function dataAnswer(data: unknown): ApiAnswer {
  return { status: 200, pieces: [JSON.stringify({ status: "success", data })] };
}

/** The response with an error. */
export function errorAnswer({ type, message }: ApiError): ApiAnswer {
  return {
    status: STATUS[type],
    pieces: [JSON.stringify({ status: "error", errorType: type, error: message })],
  };
}
