/** Outcome of `reload()`, by the paths of settings in the file: `meter_provider.readers`. */
export interface ReloadResult {
  /** Changed settings that are in use now. */
  readonly applied: readonly string[];
  /** Changed settings that take effect when the process starts again. */
  readonly needsRestart: readonly string[];
}
