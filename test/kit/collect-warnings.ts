// Collects messages logged through OpenTelemetry's `diag`.
import { diag, DiagLogLevel } from "@opentelemetry/api";

/** The texts of all warnings and errors from now on; `diag.disable()` ends it. */
export function collectWarnings(): readonly string[] {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const ignore = (): void => {};
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return warnings;
}
