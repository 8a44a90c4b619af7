// Rule files that are watched by their content.
import { statSync } from "node:fs";
import { diag } from "@opentelemetry/api";
import { contentOf, type FileContent, RepeatedLook } from "../../io/files/watched-content.ts";
import { allSteps, inSlices } from "../../io/yield.ts";
import { type Problem, problemText, RulesError } from "./problem.ts";
import { MAX_RULE_FILE_BYTES, ruleText } from "./rule-file.ts";

/** A file that was read and checked. */
export interface WatchedFile {
  readonly file: string;
  /** `undefined` if the file cannot be read. */
  readonly text: string | undefined;
  readonly problems: readonly Problem[];
}

/** Options of {@link WatchedFiles}. */
export interface WatchedFilesOptions<File extends WatchedFile> {
  /** The files as they were first read, maybe long ago. */
  readonly files: readonly File[];
  /** Checks the text of a file, in steps. */
  readonly check: (file: string, text: string) => Iterator<unknown, File>;
  /** Called with all files after a change. */
  readonly onChange: (files: readonly File[]) => void;
  /** Time between two looks at the files. Default: 5,000. */
  readonly intervalMillis?: number;
}

const MAX_LOGGED = 10;

/**
 * Looks at rule files at each interval, and parses those whose text has changed. With a problem in one of them the rules
 * stay as they were, and the problems are logged once.
 */
export class WatchedFiles<File extends WatchedFile> {
  readonly #options: WatchedFilesOptions<File>;
  #latest: readonly File[];
  #files: readonly File[];
  readonly #looking: RepeatedLook;

  /**
   * Reads files again that have changed. With a problem in one of them, the first look logs it.
   *
   * @throws RulesError with all problems of all files as they were first read.
   */
  constructor(options: WatchedFilesOptions<File>) {
    this.#options = options;
    const problems = options.files.flatMap((file) => file.problems);
    if (problems.length > 0) throw new RulesError(problems);
    // A process that takes over continues the state of another one, which has followed the files.
    this.#files = this.#latest = latestOf(options);
    this.#looking = new RepeatedLook(
      () => this.look().catch((error: unknown) => diag.error("rules: the files cannot be watched", error)),
      options.intervalMillis,
    );
  }

  /** All files as last read without a problem. */
  get files(): readonly File[] {
    return this.#files;
  }

  /** Begins to look at the files. The timer does not keep the process alive. */
  start(): void {
    if (this.#options.files.length > 0) this.#looking.start();
  }

  /** Ends the timer. */
  end(): void {
    this.#looking.end();
  }

  /** Looks at the files once. Resolves to whether the rules changed; never rejects. */
  async look(): Promise<boolean> {
    const before = this.#latest;
    const contents = await Promise.all(before.map(({ file }) => contentOf(file, MAX_RULE_FILE_BYTES)));
    if (before.every(({ text }, i) => text === contents[i]!.key)) return false;
    const read: File[] = [];
    for (const [i, content] of contents.entries()) {
      const known = before[i]!;
      read.push(known.text === content.key ? known : await this.#checked(known, content));
    }
    if (this.#looking.isEnded) return false;
    this.#latest = read;
    const problems = read.flatMap((each) => each.problems.map((problem) => problemText(problem)));
    if (problems.length > 0) {
      const further = problems.length > MAX_LOGGED ? `; and ${problems.length - MAX_LOGGED} more` : "";
      diag.warn(
        `rules: the files changed and have problems, so the rules stay as they were: ${problems.slice(0, MAX_LOGGED).join("; ")}${further}`,
      );
      return false;
    }
    this.#files = read;
    diag.info(`rules: the files changed and are in force: ${read.map(({ file }) => file).join(", ")}`);
    this.#options.onChange(read);
    return true;
  }

  async #checked(known: File, { key, text, reason }: FileContent): Promise<File> {
    if (text !== undefined) return inSlices(this.#options.check(known.file, text));
    return { ...known, text: key, problems: [{ file: known.file, message: reason }] };
  }
}

function latestOf<File extends WatchedFile>({ files, check }: WatchedFilesOptions<File>): readonly File[] {
  try {
    const read: File[] = [];
    for (const known of files) {
      // A pipe could not be read twice.
      const text = statSync(known.file).isFile() ? ruleText(known.file) : undefined;
      if (typeof text !== "string") return files;
      read.push(text === known.text ? known : allSteps(check(known.file, text)));
    }
    return read.some(({ problems }) => problems.length > 0) ? files : read;
  } catch {
    return files;
  }
}
