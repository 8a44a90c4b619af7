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
   * The type that Prometheus' HTTP API has for it: `bad_data` for the expression itself, `execution` for its evaluation,
   * `timeout`, `canceled`, and `internal` for a source that failed.
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
