import { statSync } from "node:fs";
import { UsageError } from "../arguments.ts";
import { isUrl } from "../open-history.ts";

/** Places of an application's alerts, for messages. */
export const ALERTS_PLACE = "the file of its history, or the folder of its option alerts.directory";

/**
 * The folder of an application's alerts: the folder itself, or the one beside its history's file.
 *
 * @throws UsageError if it is missing.
 */
export function alertsFolder(
  action: string,
  given: string | undefined,
  place: string = ALERTS_PLACE,
): string {
  if (given === undefined || given.trim() === "")
    throw new UsageError(`alerts ${action}: missing application; specify ${place}`);
  if (isUrl(given))
    throw new UsageError(
      `alerts ${action}: expected a file or folder of the application, got a URL; on its machine, specify ${place}${action === "silence" ? "; or silence on the live page, if the endpoint has a token" : ""}`,
    );
  const kind = statSync(given, { throwIfNoEntry: false });
  if (kind?.isDirectory() === true) return given;
  const beside = `${given}.alerts`;
  if (kind?.isFile() === true && statSync(beside, { throwIfNoEntry: false })?.isDirectory() === true)
    return beside;
  const missing = kind === undefined ? given : beside;
  throw new UsageError(`alerts ${action}: folder "${missing}" not found; specify ${place}`);
}
