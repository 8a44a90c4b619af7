// Errors of the parser.
import type { QueryError } from "../query-error.ts";

/** Creates an error for a place of the expression. */
export type Refuse = (problem: string, remedy: string, position: number) => QueryError;

/** Throws an error if parts of PromQL that are experimental are off. `name` is that of the part. */
export type Experimental = (name: string, position: number) => void;
