// A small file that may be exchanged at runtime, as mounted secrets and certificates are.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { warnOnce } from "../../../diagnostics/log-once.ts";

const MAX_BYTES = 1024 * 1024;
const LOOK_INTERVAL_MILLIS = 1_000;

/** A file's content, read again at most once a second, on demand. */
export class WatchedFile {
  readonly path: string;
  #content: string;
  #version: string;
  #lookedAt: number = Date.now();
  #look: Promise<string> | undefined;

  /** Reads the file. Throws the system's error, or one of its own if the file is empty or larger than 1 MiB. */
  constructor(path: string) {
    this.path = path;
    const status = statSync(path);
    assertSize(status);
    this.#version = versionOf(status);
    this.#content = readFileSync(path, "utf8");
  }

  /** The content at the last look. */
  get latest(): string {
    return this.#content;
  }

  /** The present content. A file that cannot be read any more counts as unchanged, which is logged. Never rejects. */
  async content(): Promise<string> {
    if (Math.abs(Date.now() - this.#lookedAt) < LOOK_INTERVAL_MILLIS) return this.#content;
    this.#look ??= this.#lookAgain().finally(() => (this.#look = undefined));
    return this.#look;
  }

  async #lookAgain(): Promise<string> {
    try {
      const status = await stat(this.path);
      assertSize(status);
      if (versionOf(status) !== this.#version) {
        const content = await readFile(this.path, "utf8");
        // An empty secret would admit everyone. The file may be being written.
        if (content.trim() === "") throw new Error("it is empty");
        this.#content = content;
        this.#version = versionOf(status);
      }
    } catch (error) {
      const reason = errorMessage(error);
      warnOnce(
        `prometheus exporter: "${this.path}" cannot be read again (${reason}); its last content counts`,
      );
    }
    this.#lookedAt = Date.now();
    return this.#content;
  }
}

interface FileStatus {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

function assertSize({ size }: FileStatus): void {
  if (size === 0) throw new Error("it is empty");
  if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_BYTES}`);
}

function versionOf({ size, mtimeMs, ino }: FileStatus): string {
  return `${ino}/${mtimeMs}/${size}`;
}
