// Warning of an adapter without a running Tachymeter.

/**
 * Warns that `subject` was used before `start()`. Nothing is thrown: after a configuration error under
 * `tachymeter/register`, the application has to run without Tachymeter. The logger of `diag` is set by `start()`, so
 * the warning is one of the process.
 */
export function warnNotRunning(subject: string): void {
  process.emitWarning(
    `${subject}: tachymeter is not running, so nothing is measured; ` +
      'start the program with "node --import tachymeter/register", or call start() before it',
    { code: "TACHYMETER_NOT_RUNNING" },
  );
}
