// The file that keeps alerts over restarts.
import { readFileSync, renameSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { isAbsent } from "../../io/files/open-file.ts";
import { replaceFile } from "../../io/files/replace.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { type SavedGroup, savedGroupsFrom } from "./saved-groups.ts";

const MIN_INTERVAL_MILLIS = 1_000;
// Only its user can read the file.
const FILE_MODE = 0o600;

/** Writes `alerts.json` in a folder, at most once a second. */
export class AlertsFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #content: () => readonly SavedGroup[];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #lastWriteMillis = -Infinity;
  #isDirty = false;

  /** @param content returns the groups when the file is written. */
  constructor(directory: string, content: () => readonly SavedGroup[]) {
    this.#path = join(directory, "alerts.json");
    this.#directory = directory;
    this.#content = content;
  }

  /** Reads the groups. A file that is damaged is logged and renamed. */
  read(): readonly SavedGroup[] {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if (!isAbsent(error)) diag.error(`alerts: "${this.#path}" cannot be read; no alert is restored`, error);
      return [];
    }
    const groups = savedGroupsFrom(text);
    if (groups === undefined) this.#setAside();
    return groups ?? [];
  }

  /** Writes the file soon. */
  save(): void {
    this.#isDirty = true;
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    const pause = this.#lastWriteMillis + MIN_INTERVAL_MILLIS - performance.now();
    if (pause <= 0) this.#writing = this.#write();
    else
      this.#timer = realSetTimeout(() => {
        this.#timer = undefined;
        this.#writing = this.#write();
      }, pause).unref();
  }

  /** Resolves once everything is written. */
  async flush(): Promise<void> {
    realClearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    realClearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isDirty) await this.#write();
  }

  async #write(): Promise<void> {
    this.#isDirty = false;
    this.#lastWriteMillis = performance.now();
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await replaceFile(this.#path, JSON.stringify({ version: 1, groups: this.#content() }), FILE_MODE);
    } catch (error) {
      this.#isDirty = true;
      warnOnceAMinute(`alerts: the state is not saved: ${errorMessage(error)}`, "alerts.json");
    } finally {
      this.#writing = undefined;
    }
    if (this.#isDirty) this.save();
  }

  #setAside(): void {
    const aside = `${this.#path}.damaged`;
    try {
      renameSync(this.#path, aside);
      diag.error(
        `alerts: "${this.#path}" is damaged or of another program; it was renamed to "${aside}", and no alert is restored`,
      );
    } catch (error) {
      diag.error(`alerts: "${this.#path}" is damaged, and cannot be renamed; no alert is restored`, error);
    }
  }
}
