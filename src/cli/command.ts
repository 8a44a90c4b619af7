/** One word of the command line tool, with what its help says. */
export interface Word {
  readonly name: string;
  /** The arguments after it, as help shows them. */
  readonly parameters: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What else there is to know, in lines. */
  readonly details: readonly string[];
  /**
   * Does it; resolves with the exit code.
   *
   * @throws UsageError by the promise, where the arguments cannot be understood.
   */
  run(args: readonly string[]): Promise<number>;
}
