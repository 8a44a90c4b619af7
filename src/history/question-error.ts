// What is wrong with a question.

/** Thrown where a question cannot be answered as it was asked; the message says all that is wrong with it. */
export class QuestionError extends Error {
  override readonly name = "QuestionError";
  readonly code = "TACHYMETER_QUESTION";

  constructor(metric: unknown, problems: readonly string[]) {
    super(`question about "${String(metric)}": ${problems.join("; ")}`);
  }
}
