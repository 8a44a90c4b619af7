// OpenTelemetry's own instrumentation of the library.

/** Whoever else may record the same messages. */
export interface Upstream {
  /** Whether it records them now. */
  readonly record: () => boolean;
}
