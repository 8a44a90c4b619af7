// Results of health checks as verdicts: our own statuses, and the usual shapes of other systems.
import { types } from "node:util";
import {
  type HealthStatus,
  type HealthVerdict,
  reasonOf,
  valueOfStatus,
  verdictFrom,
  verdictFromError,
} from "./report.ts";

/** Words for a status that are read in any case, also with spaces, `_` and `-` between their letters. */
const WORDS: Readonly<Record<HealthStatus, string>> = {
  unknown: "unknown serviceunknown starting pending",
  healthy:
    "healthy up ok okay pass passed passing serving ready serverisready alive live running online available operational connected green success succeeded fulfilled pong",
  degraded: "degraded warn warning yellow",
  unhealthy:
    "unhealthy down error fail failed failing failure critical red outofservice notserving notready serverisnotready unavailable disconnected offline dead stopped shuttingdown serverisshuttingdown rejected",
};

const STATUSES: readonly HealthStatus[] = ["unknown", "healthy", "degraded", "unhealthy"];
const STATUS_OF_WORD: ReadonlyMap<string, HealthStatus> = new Map(
  STATUSES.flatMap((status) => WORDS[status].split(" ").map((word) => [word, status] as const)),
);

const STATUS_FIELDS = ["status", "statusCode", "state", "health"];
const FLAG_FIELDS = ["ok", "healthy", "isHealthy", "up", "alive", "ready", "available", "success"];
const PART_FIELDS = ["components", "details", "checks", "info", "error", "status", "health"];
const REASON_FIELDS = ["reason", "message", "output", "error"];
const MAX_DEPTH = 4;
const MAX_PARTS = 100;
const MAX_WORD_LENGTH = 40;

// The verdict of a result that names a status which is not known.
const UNREADABLE: HealthVerdict = { status: "unknown" };

/**
 * Converts the result of a check to a verdict; `undefined` if it names a status that is not known. Data that says
 * nothing about health, such as the rows of a query, is healthy.
 */
export function verdictFromResult(result: unknown): HealthVerdict | undefined {
  const verdict = read(result, 0) ?? { status: "healthy" };
  return verdict === UNREADABLE ? undefined : verdict;
}

/** Reads a word, an HTTP status or a boolean as a status; `undefined` if it is not known. */
export function statusFrom(given: unknown): HealthStatus | undefined {
  const verdict = typeof given === "object" ? undefined : read(given, 0);
  return verdict === UNREADABLE ? undefined : verdict?.status;
}

// Returns `undefined` if `given` says nothing about health.
function read(given: unknown, depth: number): HealthVerdict | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === "boolean") {
    return given ? { status: "healthy" } : { status: "unhealthy", reason: "the check returned false" };
  }
  if (typeof given === "number") return readHttpStatus(given);
  if (typeof given === "string") return readWord(given) ?? UNREADABLE;
  if (typeof given !== "object") return UNREADABLE;
  if (isError(given)) return verdictFromError(given);
  if (depth === MAX_DEPTH || ArrayBuffer.isView(given)) return undefined;
  if (!Array.isArray(given)) return readObject(given, depth);
  const entries = given.slice(0, MAX_PARTS);
  return worst(
    partsOf(depth === 0 ? entries.map((entry) => (isRow(entry) ? undefined : entry)) : entries, depth),
  );
}

function readObject(given: object, depth: number): HealthVerdict | undefined {
  const claims = [
    ...STATUS_FIELDS.map((name) => readStatus(Reflect.get(given, name))),
    ...FLAG_FIELDS.map((name) => readFlag(name, Reflect.get(given, name))),
  ].filter((claim) => claim !== undefined);
  const groups = PART_FIELDS.map((name): unknown => Reflect.get(given, name)).filter(isObject);
  const isOfParts = claims.length + groups.length === 0;
  const parts = worst(
    isOfParts ? partsOfWhole(given, depth) : groups.flatMap((group) => partsOf(group, depth)),
  );
  // The object's own status is its author's conclusion from its parts.
  const own = worst(claims.filter((claim) => claim !== UNREADABLE));
  const verdict = own ?? parts ?? worst(claims) ?? readError(Reflect.get(given, "error"));
  if (verdict === undefined || verdict === UNREADABLE) return verdict;
  const reason = reasonIn(given, verdict.status === "healthy" ? ["reason"] : REASON_FIELDS);
  const ofPart = parts?.status === verdict.status ? parts.reason : undefined;
  return verdictFrom(verdict.status, reason ?? ofPart ?? verdict.reason);
}

function readStatus(given: unknown): HealthVerdict | undefined {
  return typeof given === "object" || typeof given === "function" ? undefined : read(given, MAX_DEPTH);
}

// MongoDB's `ok` is 1 or 0.
function readFlag(name: string, given: unknown): HealthVerdict | undefined {
  const flag = name === "ok" && (given === 0 || given === 1) ? given === 1 : given;
  if (typeof flag !== "boolean") return undefined;
  return flag ? { status: "healthy" } : { status: "unhealthy", reason: `${name} is ${String(given)}` };
}

// An object that consists of components, as in NestJS. Its `false` may be data.
function partsOfWhole(given: object, depth: number): readonly (HealthVerdict | undefined)[] {
  const isOfParts = (part: unknown): boolean => isObject(part) || typeof part === "boolean" || isWord(part);
  return Object.values(given).every(isOfParts) ? partsOf(given, depth, UNREADABLE) : [];
}

// Numbers and other texts are data.
function partsOf(
  group: object,
  depth: number,
  ofFalse?: HealthVerdict,
): readonly (HealthVerdict | undefined)[] {
  return Object.entries(group)
    .slice(0, MAX_PARTS)
    .map(([name, part]: [string, unknown]) => {
      if (part === false && ofFalse !== undefined) return ofFalse;
      const verdict =
        isObject(part) || typeof part === "boolean" || isWord(part) ? read(part, depth + 1) : undefined;
      if (verdict === undefined || verdict === UNREADABLE || verdict.status === "healthy") return verdict;
      const { status, reason } = verdict;
      return verdictFrom(
        status,
        typeof part !== "object" || reason === undefined ? name : `${name}: ${reason}`,
      );
    });
}

function readError(error: unknown): HealthVerdict | undefined {
  const reason = isObject(error) ? reasonOf(error) : error;
  return typeof reason === "string" && reason !== "" ? { status: "unhealthy" } : undefined;
}

// Whether an entry of a list is data, such as a row of a query, whose `status` may be that of an order. Components have a
// name, and `Promise.allSettled` has words of its own.
function isRow(entry: unknown): boolean {
  if (!isObject(entry) || isError(entry)) return false;
  const status: unknown = Reflect.get(entry, "status");
  return typeof Reflect.get(entry, "name") !== "string" && status !== "fulfilled" && status !== "rejected";
}

function isError(given: unknown): given is Error {
  return types.isNativeError(given) || given instanceof Error;
}

function isWord(given: unknown): boolean {
  return typeof given === "string" && readWord(given) !== undefined;
}

function readWord(word: string): HealthVerdict | undefined {
  if (/^[1-5]\d\d$/.test(word)) return readHttpStatus(Number(word));
  const status = STATUS_OF_WORD.get(
    word
      .slice(0, MAX_WORD_LENGTH)
      .toLowerCase()
      .replaceAll(/[\s_-]/g, ""),
  );
  return status && { status };
}

function readHttpStatus(status: number): HealthVerdict {
  if (!(status >= 200 && status < 600)) return UNREADABLE;
  return status < 400 ? { status: "healthy" } : { status: "unhealthy", reason: `HTTP status ${status}` };
}

function reasonIn(given: object, names: readonly string[]): string | undefined {
  const reasons = names.map((name): unknown => {
    const value: unknown = Reflect.get(given, name);
    return isObject(value) ? reasonOf(value) : value;
  });
  return reasons.find((reason): reason is string => typeof reason === "string" && reason !== "");
}

// Unhealthy comes before degraded, and what can't be read before healthy.
function worst(verdicts: readonly (HealthVerdict | undefined)[]): HealthVerdict | undefined {
  const rank = (verdict: HealthVerdict): number =>
    verdict === UNREADABLE ? 1.5 : valueOfStatus(verdict.status);
  return verdicts.reduce((found, each) => {
    if (each === undefined) return found;
    return found === undefined || rank(each) > rank(found) ? each : found;
  }, undefined);
}

function isObject(given: unknown): given is object {
  return typeof given === "object" && given !== null;
}
