// The file of silences: a JSON list, for this process, other processes, the command line and people.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { unixMillisFrom } from "../../../events/time.ts";
import { withFileLock } from "../../../io/files/file-lock.ts";
import { FOLDER_MODE, makeFolderSync, readTextSync } from "../../../io/files/open-file.ts";
import { replaceFileSync } from "../../../io/files/replace.ts";
import { areTexts, isObject } from "../../../options/check.ts";

/** A silence in the file. */
export interface StoredSilence {
  /** By default a hash of the other fields. */
  readonly id: string;
  readonly matchers: string | readonly string[];
  /** ISO 8601; at once if it is missing. */
  readonly startsAt?: string | undefined;
  readonly until: string;
  readonly comment: string;
}

const FILE_MODE = 0o600;
const MAX_BYTES = 1_048_576;
const MAX_SILENCES = 1_000;
// Ended silences are kept for a day, for people, if there is room.
const KEPT_MILLIS = 86_400_000;

/** Reads and changes the file. Each change reads it again under a lock, since others write it too. */
export class SilenceFile {
  readonly #path: string;
  readonly #directory: string;
  #text = "";
  // Changes that could not be written yet.
  #toAdd: readonly StoredSilence[] = [];
  #toRemove: readonly string[] = [];
  #readProblem: string | undefined;
  #writeProblem: string | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, "silences.json");
  }

  /** Reason why the file is not used or was not written, if so. */
  get problem(): string | undefined {
    return this.#writeProblem ?? this.#readProblem;
  }

  /**
   * Silences of the file, if its content has changed, with a step for each. A file with a fault is logged, and changes
   * nothing.
   *
   * @param read returns `undefined` for an invalid silence.
   */
  *changed<Read>(
    read: (silence: StoredSilence) => Read | undefined,
  ): Generator<void, readonly Read[] | undefined> {
    if (this.#toAdd.length > 0 || this.#toRemove.length > 0) this.#write();
    try {
      const text = this.#read();
      if (text === this.#text) return undefined;
      this.#text = text;
      this.#readProblem = undefined;
      const silences: Read[] = [];
      for (const stored of silencesFrom(text)) {
        yield;
        // Read anew meanwhile.
        if (text !== this.#text) return undefined;
        const silence = read(stored);
        if (silence === undefined)
          throw new TypeError(`the silence "${stored.comment}" has invalid matchers or times`);
        silences.push(silence);
      }
      return silences;
    } catch (error) {
      this.#readProblem = errorMessage(error);
      warnOnceAMinute(
        `alerts: ${this.#path} is not used (${this.#readProblem}); the silences stay as they are`,
      );
      return undefined;
    }
  }

  add(silence: StoredSilence): void {
    this.#toAdd = [...this.#toAdd, silence];
    this.#write();
  }

  remove(id: string): void {
    this.#toAdd = this.#toAdd.filter((each) => each.id !== id);
    this.#toRemove = [...this.#toRemove, id];
    this.#write();
  }

  isUnwritten(id: string): boolean {
    return this.#toAdd.some((each) => each.id === id);
  }

  /** Writes what could not be written before. */
  async written(): Promise<void> {
    if (this.#toAdd.length > 0 || this.#toRemove.length > 0) this.#write();
  }

  #read(): string {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (stats === undefined) return "";
    // Reading a FIFO would block.
    if (!stats.isFile()) throw new TypeError("it must be a file");
    if (stats.size > MAX_BYTES) throw new TypeError(`it has more than ${MAX_BYTES} bytes`);
    return readTextSync(this.#path);
  }

  // Synchronous, since it is small and written by people's requests only: no other change gets in between.
  #write(): void {
    try {
      makeFolderSync(this.#directory, FOLDER_MODE);
      withFileLock(this.#path, () => {
        const added = new Set(this.#toAdd.map(({ id }) => id));
        const kept = silencesFrom(this.#read()).filter(
          ({ id }) => !added.has(id) && !this.#toRemove.includes(id),
        );
        // Written by the superuser on the command line, the file stays readable for the application.
        const owner = process.getuid?.() === 0 ? statSync(this.#directory) : undefined;
        replaceFileSync(this.#path, textOf(kept, this.#toAdd), FILE_MODE, owner);
      });
      this.#toAdd = [];
      this.#toRemove = [];
      this.#writeProblem = undefined;
    } catch (error) {
      this.#writeProblem = errorMessage(error);
      warnOnceAMinute(
        `alerts: ${this.#path} cannot be changed (${this.#writeProblem}); silences of this process are lost with it`,
        `${this.#path} unwritten`,
      );
    }
  }
}

function silencesFrom(text: string): StoredSilence[] {
  if (text.trim() === "") return [];
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new TypeError("it must be a JSON list");
  const silences = list.map(silenceFrom);
  if (silences.length <= MAX_SILENCES) return silences;
  const lasting = silences.filter(endsAfter(Date.now()));
  if (lasting.length > MAX_SILENCES) throw new TypeError(`it has more than ${MAX_SILENCES} silences`);
  return lasting;
}

// The content with more silences. Ended ones are left out if it could not be read with them.
function textOf(kept: readonly StoredSilence[], added: readonly StoredSilence[]): string {
  const now = Date.now();
  for (const millis of [now - KEPT_MILLIS, now]) {
    const silences = [...kept.filter(endsAfter(millis)), ...added];
    const text = `${JSON.stringify(silences, undefined, 2)}\n`;
    if (silences.length <= MAX_SILENCES && Buffer.byteLength(text) <= MAX_BYTES) return text;
  }
  throw new TypeError(`it would have more than ${MAX_SILENCES} silences or ${MAX_BYTES} bytes; end some`);
}

function endsAfter(unixMillis: number): (silence: StoredSilence) => boolean {
  return ({ until }) => (unixMillisFrom(until) ?? Infinity) > unixMillis;
}

function silenceFrom(value: unknown, i: number): StoredSilence {
  const fields = isObject(value) ? value : {};
  const { id, matchers, startsAt, until, comment } = fields;
  const list = typeof matchers === "string" ? [matchers] : matchers;
  if (!areTexts(list)) throw new TypeError(`silence ${i + 1} must have matchers, a text or a list of texts`);
  if (typeof until !== "string")
    throw new TypeError(`silence ${i + 1} must have an end: "until", in ISO 8601`);
  if (startsAt !== undefined && typeof startsAt !== "string") {
    throw new TypeError(`startsAt of silence ${i + 1} must be a time in ISO 8601`);
  }
  if (typeof comment !== "string") throw new TypeError(`silence ${i + 1} must have a comment`);
  return {
    id: typeof id === "string" && id !== "" ? id : hashOf(fields),
    matchers: typeof matchers === "string" ? matchers : list,
    ...(startsAt !== undefined && { startsAt }),
    until,
    comment,
  };
}

function hashOf(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
