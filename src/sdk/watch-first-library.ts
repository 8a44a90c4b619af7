// The first instrumented library of a worker thread. The instrumentations are loaded then: most threads need none.
import module, { syncBuiltinESMExports } from "node:module";
import { requiredPackage } from "../../instrumentations/shared/package-files.ts";
import { replaceMethod } from "../recording/replace-method.ts";
import { onBundledFile } from "../recording/bundled-files.ts";
import { onFirstMessage, withMissedMessage } from "../recording/first-message.ts";
import { hookThreadLoader } from "./loader-hook.ts";
import type { LibrarySettings } from "./thread-settings.ts";

/**
 * Calls `begin` once: before the first file of a library, or with the first message on a channel, which is a missed
 * message meanwhile. With `requests`, it is called before the first HTTP request is made.
 */
export function watchFirstLibrary(
  { libraries, channels, hooked, requests }: LibrarySettings,
  begin: () => void,
): void {
  const names = new Set(libraries);
  const removals: ((() => void) | undefined)[] = [];
  let hasBegun = false;
  const start = (): void => {
    if (hasBegun) return;
    hasBegun = true;
    for (const remove of removals) remove?.();
    begin();
  };
  const { prototype } = module;
  const restore = replaceMethod(prototype, "require", (call, args, self) => {
    if (hasBegun || !names.has(requiredPackage(args[0], self))) return call();
    start();
    // The instrumentations have replaced the method, and must see this call.
    return Reflect.apply(Reflect.get(prototype, "require"), self, args);
  });
  const stop = onFirstMessage(channels, (message, channel) => withMissedMessage(channel, message, start));
  const ignore = onBundledFile(({ library }) => {
    if (names.has(library)) start();
  });
  removals.push(restore, stop, ignore);
  if (requests) removals.push(...watchRequests(start));
  hookThreadLoader(hooked, start);
}

// Takes about 5 ms, which is the load of the modules.
function watchRequests(start: () => void): readonly ((() => void) | undefined)[] {
  const modules = ["node:http", "node:https"].map((name) => Object(process.getBuiltinModule(name)));
  const removals = modules.flatMap((each) =>
    ["request", "get"].map((name) =>
      replaceMethod(each, name, (_, args, self) => {
        start();
        return Reflect.apply(Reflect.get(each, name), self, args);
      }),
    ),
  );
  syncBuiltinESMExports();
  return removals;
}
