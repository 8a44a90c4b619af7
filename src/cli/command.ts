/** A command of the command line tool, with its help. */
export interface Command {
  readonly name: string;
  /** Its arguments, as help shows them. */
  readonly parameters: string;
  /** One line. */
  readonly summary: string;
  /** Further lines of its help. */
  readonly details: readonly string[];
  /**
   * Runs it; resolves with the exit code.
   *
   * @throws UsageError by the promise, if the arguments are invalid.
   */
  run(args: readonly string[]): Promise<number>;
}
