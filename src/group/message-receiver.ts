/** The lines and facts that members pass on besides their figures. Their content is opaque. */

/** Receiver of lines and facts, and the source of the own ones. No method throws. */
export interface MessageReceiver {
  /** Returns the facts of this process and its threads, one text; `undefined` without any. */
  readonly facts: () => string | undefined;
  /** Replaces the facts of a member; `undefined` if it has ended. */
  readonly onFacts: (member: string, facts: string | undefined) => void;
  /** Lines of a worker thread of this process, in order. */
  readonly fromThread: (lines: readonly string[]) => void;
  /** Lines of another process and its threads, in order. Only the aggregator gets them. */
  readonly fromMember: (lines: readonly string[]) => void;
  /** Lines that this process has passed on itself, and that no aggregator has kept. It is the aggregator now. */
  readonly fromSelf: (lines: readonly string[]) => void;
  /** Resolves once all lines so far would survive the end of this process. Rejects if they would not. */
  readonly kept: () => Promise<void>;
}
