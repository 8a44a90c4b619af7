// What a block of code that is timed has to say of itself.

/** What a block that is timed may say of itself while it runs. */
export interface TrackedBlock {
  /** What else is known of this run: `context` of its `PerformanceMetric`, exported nowhere. */
  metadata: Record<string, unknown>;
}
