// Options of instrumentation `http` that also have a variable.
import { isSecretHeader } from "../diagnostics/redact.ts";
import { check, type Check, isHeader } from "./check.ts";

/** A path with wildcards and perhaps a method, an expression that matches a path, or a function of the request. */
export type IgnoredRequest = string | RegExp | ((request: object) => boolean);

const PATH = /^(?:[A-Z-]+ )?[/*][^\s?#]*$/;

function isPath(value: unknown): value is string {
  return typeof value === "string" && PATH.test(value);
}

// Jest has another class for the expressions of a test.
function isExpression(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}

function isListOf<Item>(isItem: (value: unknown) => value is Item) {
  return (value: unknown): value is readonly Item[] => Array.isArray(value) && value.every(isItem);
}

const WHICH_PATHS = 'paths such as "/health", "/assets/*" and "GET /health", without a query';

/** Paths of requests that are not recorded, as a variable has them. */
export const IGNORED_PATHS: Check<readonly string[]> = check(`be a list of ${WHICH_PATHS}`, isListOf(isPath));

/** Requests that are not recorded. */
export const IGNORED_REQUESTS: Check<readonly IgnoredRequest[]> = check(
  `be a list of ${WHICH_PATHS}, of expressions, and of functions that return whether a request is ignored`,
  isListOf(
    (value): value is IgnoredRequest => isPath(value) || isExpression(value) || typeof value === "function",
  ),
);

/** Headers of requests that become attributes. */
export const REQUEST_HEADERS: Check<readonly string[]> = check(
  "be a list of header names, none of a header with secrets such as authorization, cookie or x-api-key, since metrics show the values",
  isListOf(
    (value): value is string => typeof value === "string" && isHeader(value, "") && !isSecretHeader(value),
  ),
);
