// Responses of the API in Prometheus' form.
import { inSlices } from "../../io/yield.ts";
import { isWarning } from "../annotations.ts";
import type { QueryResult } from "../result.ts";
import { type ApiError, STATUS } from "./api-error.ts";
import { resultPieces } from "./result-json.ts";

/** A response of the API: JSON in UTF-8. */
export interface ApiAnswer {
  readonly status: number;
  readonly chunks: readonly Uint8Array[];
}

// Length of the text of a chunk.
const CHUNK_LENGTH = 64 * 1024;

/** The response with a result, written in slices. `limit` is the maximum number of series. */
export function resultAnswer(
  result: QueryResult,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  return answerInSlices(resultDocument(result, limit), signal);
}

function* resultDocument(result: QueryResult, limit: number | undefined): Generator<string, void> {
  yield '{"status":"success","data":';
  yield* resultPieces(result, limit);
  const count = result.kind === "vector" || result.kind === "matrix" ? result.series.length : 0;
  const warnings = first(result.annotations.filter(isWarning), "warning");
  const infos = first(
    result.annotations.filter((annotation) => !isWarning(annotation)),
    "info",
  );
  if (limit !== undefined && count > limit) warnings.push(TRUNCATED);
  if (warnings.length > 0) yield `,"warnings":${JSON.stringify(warnings)}`;
  if (infos.length > 0) yield `,"infos":${JSON.stringify(infos)}`;
  yield "}";
}

// As many as Prometheus sends.
const MAX_ANNOTATIONS = 10;

function first(annotations: readonly string[], kind: "warning" | "info"): string[] {
  const kept = annotations.slice(0, MAX_ANNOTATIONS);
  const omitted = annotations.length - kept.length;
  return omitted === 0 ? kept : [...kept, `${omitted} more ${kind} annotations omitted`];
}

const TRUNCATED = "results truncated due to limit";

async function answerInSlices(pieces: Iterable<string>, signal: AbortSignal): Promise<ApiAnswer> {
  const chunks: Uint8Array[] = [];
  await inSlices(encoded(pieces, chunks), { signal });
  return { status: 200, chunks };
}

// Texts made of parts take ten times their bytes, so that few are kept at one time.
function* encoded(pieces: Iterable<string>, chunks: Uint8Array[]): Generator<void, void> {
  let texts: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    texts.push(piece);
    length += piece.length;
    if (length >= CHUNK_LENGTH) {
      chunks.push(Buffer.from(texts.join("")));
      texts = [];
      length = 0;
    }
    yield;
  }
  chunks.push(Buffer.from(texts.join("")));
}

/** The response with a list of at most `limit` entries, written in slices. */
export function listAnswer(
  list: readonly unknown[],
  limit: number | undefined,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  return answerInSlices(listDocument(list, limit), signal);
}

function* listDocument(list: readonly unknown[], limit: number = Infinity): Generator<string, void> {
  yield '{"status":"success","data":[';
  yield* listPieces(list.slice(0, limit));
  yield list.length > limit ? `],"warnings":${JSON.stringify([TRUNCATED])}}` : "]}";
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
  return documentAnswer(200, { status: "success", data });
}

/** The response with an error. */
export function errorAnswer({ type, message }: ApiError): ApiAnswer {
  return documentAnswer(STATUS[type], { status: "error", errorType: type, error: message });
}

function documentAnswer(status: number, document: object): ApiAnswer {
  return { status, chunks: [Buffer.from(JSON.stringify(document))] };
}
