/** Thrown by a template that needs the result of a query. It is executed again with the result. */
export class PendingQuery extends Error {
  override readonly name = "PendingQuery";
  readonly expression: string;

  constructor(expression: string) {
    super("the query has not been evaluated yet");
    this.expression = expression;
  }
}
