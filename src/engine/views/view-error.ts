/** What is wrong with a view, all of it at once. */
export class ViewError extends Error {
  override readonly name = "ViewError";
  readonly code = "TACHYMETER_VIEW";
  /** Each thing that is wrong, with what was given and what would be right. */
  readonly problems: readonly string[];

  constructor(view: string, problems: readonly string[]) {
    super(`view "${view}": ${problems.join("; ")}`);
    this.problems = problems;
  }
}
