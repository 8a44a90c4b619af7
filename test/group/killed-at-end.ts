import { onTestFinished } from "vitest";

/** Kills processes at the end of the test, which may have ended by then. For those that outlive their parent. */
export function killAtEnd(pids: readonly number[]): void {
  onTestFinished(() => {
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
  });
}
