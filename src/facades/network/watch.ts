// A check of the network that is repeated.

/** Ends the watch when called. `check` is for `health.register`: whether the latest check was answered. */
export interface NetworkWatch {
  (): void;
  /** Whether the latest check succeeded; waits for the one that is running where there is none before it. */
  readonly check: () => Promise<boolean>;
}

/**
 * Runs `probe` now and each `intervalSeconds` after, by an unref'd timer; one that is still running is not overlapped.
 * `probe` says whether it succeeded, and never rejects.
 */
export function watch(intervalSeconds: number, probe: () => Promise<boolean>): NetworkWatch {
  let latest: boolean | undefined;
  let running: Promise<boolean> | undefined;
  const run = (): Promise<boolean> => {
    running ??= probe().then((succeeded) => {
      running = undefined;
      return (latest = succeeded);
    });
    return running;
  };
  const timer = setInterval(() => void run(), intervalSeconds * 1_000).unref();
  void run();
  const stop = (): void => clearInterval(timer);
  return Object.assign(stop, { check: async () => latest ?? run() });
}
