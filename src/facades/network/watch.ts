/** A watch, ended by a call. `check` is for `health.register`. */
export interface NetworkWatch {
  (): void;
  /** Whether the latest check succeeded; waits for the first one. */
  readonly check: () => Promise<boolean>;
}

/** Runs `probe`, which never rejects, now and every `intervalSeconds` by an unref'd timer, never twice at a time. */
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
