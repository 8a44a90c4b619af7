import { statSync } from "node:fs";
import { UsageError } from "../arguments.ts";
import { isUrl } from "../open-history.ts";

/**
 * The folder of an application's alerts: the folder itself, or the one beside its history's file.
 *
 * @throws UsageError if it is missing.
 */
export function alertsFolder(action: string, given: string | undefined): string {
  const url = action === "list" ? "its URL, " : "";
  const place = `specify ${url}the file of its history, or the folder of its option alerts.directory`;
  if (given === undefined || given.trim() === "")
    throw new UsageError(`alerts ${action}: missing application; ${place}`);
  if (isUrl(given))
    throw new UsageError(
      `alerts ${action}: expected a file or folder of the application, got a URL; ${place}`,
    );
  const kind = statSync(given, { throwIfNoEntry: false });
  if (kind?.isDirectory() === true) return given;
  const beside = `${given}.alerts`;
  if (kind?.isFile() === true && statSync(beside, { throwIfNoEntry: false })?.isDirectory() === true)
    return beside;
  const missing = kind === undefined ? given : beside;
  throw new UsageError(`alerts ${action}: folder "${missing}" not found; ${place}`);
}
