import { syntaxError } from "../../query/syntax/syntax-error.ts";

/**
 * Thrown for the text of a sequence that cannot be parsed.
 *
 * @example
 * try { parseSequence("a followed b"); } catch (error) { console.error(error.message, error.position); }
 */
export class SequenceError extends Error {
  /** Always `SequenceError`. */
  override readonly name = "SequenceError";
  /** Always `TACHYMETER_SEQUENCE`. */
  readonly code = "TACHYMETER_SEQUENCE";
  /** Offset in the text, in UTF-16 code units from 0; `undefined` if it concerns no single place. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }

  /** @internal The error for a problem at `position` of `source`. `remedy` is the next step, an imperative. */
  static at(source: string, position: number, problem: string, remedy: string): SequenceError {
    return new SequenceError(syntaxError(source, position, problem, remedy).message, position);
  }
}
