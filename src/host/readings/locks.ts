import { seldom, slowText } from "./file-text.ts";

/** Locks of files that have these three properties, as the kernel names them, in lower case. */
export interface LocksReading {
  /** `posix`, `flock`, `ofdlck`, `lease`. */
  readonly mechanism: string;
  /** `advisory` or another mode. */
  readonly mode: string;
  readonly type: "read" | "write";
  readonly held: number;
}

/** Reads the held locks of files, at most half a minute old; none if the system does not report them. */
export const readLocks: () => Promise<readonly LocksReading[]> = seldom(async () =>
  locksFrom((await slowText("/proc/locks")) ?? ""),
);

/** Counts the locks of `/proc/locks`, without those that wait for another one. */
export function locksFrom(text: string): readonly LocksReading[] {
  const counts = new Map<string, number>();
  for (const [, lock = ""] of text.matchAll(/^\d+: ([A-Z]{1,16} +[A-Z]{1,16} +(?:READ|WRITE)) /gm)) {
    const key = lock.toLowerCase().replaceAll(/ +/g, " ");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, held]) => {
    const [mechanism = "", mode = "", type = ""] = key.split(" ");
    return { mechanism, mode, type: type === "read" ? "read" : "write", held };
  });
}
