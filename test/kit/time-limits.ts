/**
 * Vitest's set-up of each test file: raises the time-out of `vi.waitFor` and `vi.waitUntil`, for busy machines.
 * Vitest's default is a second, which is less than a process or a server may need. Only that of `expect.poll` is
 * configurable.
 */
import { vi } from "vitest";
import { waitMillis } from "./test-length.ts";

const { waitFor, waitUntil } = vi;

// Files that share a process share `vi`.
if (!waitFor.name.startsWith("patient")) {
  vi.waitFor = function patientWaitFor(callback, options) {
    return waitFor(callback, withTimeLimit(options));
  };
  vi.waitUntil = function patientWaitUntil(callback, options) {
    return waitUntil(callback, withTimeLimit(options));
  };
}

type Options = Exclude<Parameters<typeof waitFor>[1], undefined>;

function withTimeLimit(options: Options = {}): Options {
  return typeof options === "number" ? options : { timeout: waitMillis, ...options };
}
