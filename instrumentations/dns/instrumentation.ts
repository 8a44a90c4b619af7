import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { isIP } from "node:net";
import { errorCode } from "../../src/diagnostics/error-message.ts";
import { isInternalTraffic } from "../../src/io/http/internal-traffic.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { histogram } from "../shared/instruments.ts";
import { isCallback, measuredCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";

const MAX_NAMES = 100;

/** Records the duration of each call of `lookup`, which Node.js itself calls for each connection to a name. */
export function begin(recording: Recording<unknown>): undefined {
  const duration = histogram(recording.meter, "dns.lookup.duration");
  const names = new BoundedNames(MAX_NAMES);
  const begun = (name: unknown): ((error?: unknown) => void) | undefined => {
    // Addresses are returned as they are.
    if (typeof name !== "string" || name === "" || isIP(name) !== 0 || isInternalTraffic(name)) {
      return undefined;
    }
    const startMillis = nowMillis();
    return (error) =>
      recording.safely(() => {
        duration.record(nanosSince(startMillis) / 1e9, {
          "dns.question.name": names.of(name),
          ...(error !== undefined && { "error.type": errorCode(error) ?? errorTypeOf(error) }),
        });
      });
  };
  // Runs last.
  recording.onEnd(syncBuiltinESMExports);
  recording.wrap(dns, "lookup", (lookup) => {
    return function (...args) {
      const index = args.findIndex(isCallback);
      const callback = args[index];
      const ended = isCallback(callback) ? begun(args[0]) : undefined;
      if (!isCallback(callback) || ended === undefined) return Reflect.apply(lookup, this, args);
      return Reflect.apply(lookup, this, args.with(index, measuredCallback(callback, ended)));
    };
  });
  recording.outcome(dns.promises, "lookup", (_self, [name]) => {
    const ended = begun(name);
    return ended === undefined
      ? {}
      : { fulfilled: () => ended(), rejected: (error) => ended(error ?? "undefined") };
  });
  syncBuiltinESMExports();
}
