/**
 * Thrown for an expression that cannot be parsed, has wrong types, or cannot be evaluated.
 *
 * @example
 * try { parse("rate(x)"); } catch (error) { console.error(error.message, error.position); }
 */
export class QueryError extends Error {
  /** Always `QueryError`. */
  override readonly name = "QueryError";
  /** Always `TACHYMETER_QUERY`. */
  readonly code = "TACHYMETER_QUERY";
  /**
   * The type in Prometheus' HTTP API. `bad_data` is an invalid expression, `execution` a failed evaluation, and `internal` a
   * source that failed.
   */
  readonly kind: QueryErrorKind;
  /** Offset in the expression, in UTF-16 code units from 0; `undefined` if it concerns no single place. */
  readonly position: number | undefined;

  constructor(kind: QueryErrorKind, message: string, position?: number, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.position = position;
  }
}

/** Kind of a {@link QueryError}. */
export type QueryErrorKind = "bad_data" | "execution" | "timeout" | "canceled" | "internal";
