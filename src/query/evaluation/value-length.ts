import { QueryError } from "../query-error.ts";

// Nested calls could double a value each time. A large regular expression takes a second for this length.
const MAX_LENGTH = 4_096;

/** Throws if a label's new value is too long, and longer than the longest value that it is made of. */
export function assertValueLength(length: number, longest: number): void {
  if (length > Math.max(MAX_LENGTH, longest))
    throw new QueryError(
      "execution",
      `a label value made by a query must have at most ${MAX_LENGTH} characters, got ${length}; join or insert fewer texts`,
    );
}
