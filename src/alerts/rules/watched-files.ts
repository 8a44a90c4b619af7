// Rule files that are watched by their content.
import { readFile, stat } from "node:fs/promises";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { nextTurn } from "../../io/yield.ts";
import type { CheckedGroup } from "./checked-group.ts";
import { problemText } from "./problem.ts";
import { checkRuleText, MAX_RULE_FILE_BYTES, type RuleFile } from "./rule-file.ts";
import { RulesError } from "./rules-error.ts";

/** Options of {@link WatchedRules}. */
export interface WatchedRulesOptions {
  /** The files as they were first read. */
  readonly files: readonly RuleFile[];
  /** Called with the groups of all files after a change. */
  readonly onChange: (groups: readonly CheckedGroup[]) => void;
  /** Time between two looks at the files. Default: 5,000. */
  readonly intervalMillis?: number;
}

const INTERVAL_MILLIS = 5_000;
const MAX_LOGGED = 10;

/**
 * Looks at rule files at each interval, and parses those whose text has changed. With a problem in one of them the rules
 * stay as they were, and the problems are logged once.
 */
export class WatchedRules {
  readonly #options: WatchedRulesOptions;
  #files: readonly RuleFile[];
  #groups: readonly CheckedGroup[];
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** @throws RulesError with all problems of all files. */
  constructor(options: WatchedRulesOptions) {
    this.#options = options;
    const problems = options.files.flatMap((file) => file.problems);
    if (problems.length > 0) throw new RulesError(problems);
    this.#files = options.files;
    this.#groups = options.files.flatMap(({ groups }) => groups);
  }

  /** The groups of all files, as last read without a problem. */
  get groups(): readonly CheckedGroup[] {
    return this.#groups;
  }

  /** Begins to look at the files. The timer does not keep the process alive. */
  start(): void {
    if (this.#options.files.length > 0 && this.#timer === undefined) this.#wait();
  }

  /** Ends the timer. */
  end(): void {
    this.#isEnded = true;
    realClearTimeout(this.#timer);
  }

  /** Looks at the files once. Resolves to whether the rules changed; never rejects. */
  async look(): Promise<boolean> {
    const before = this.#files;
    const contents = await Promise.all(before.map(({ file }) => contentOf(file)));
    if (before.every(({ text }, i) => text === contents[i])) return false;
    const read: RuleFile[] = [];
    for (const [i, content] of contents.entries()) {
      const known = before[i]!;
      if (known.text !== content) await nextTurn();
      read.push(known.text === content ? known : fileFrom(known.file, content));
    }
    if (this.#isEnded) return false;
    this.#files = read;
    const problems = read.flatMap((each) => each.problems.map((problem) => problemText(problem)));
    if (problems.length > 0) {
      const further = problems.length > MAX_LOGGED ? `; and ${problems.length - MAX_LOGGED} more` : "";
      diag.warn(
        `rules: the files changed and have problems, so the rules stay as they were: ${problems.slice(0, MAX_LOGGED).join("; ")}${further}`,
      );
      return false;
    }
    const groups = read.flatMap((each) => each.groups);
    this.#groups = groups;
    this.#options.onChange(groups);
    return true;
  }

  #wait(): void {
    this.#timer = realSetTimeout(() => {
      void this.look()
        .catch((error: unknown) => diag.error("rules: the files cannot be watched", error))
        .finally(() => {
          if (!this.#isEnded) this.#wait();
        });
    }, this.#options.intervalMillis ?? INTERVAL_MILLIS).unref();
  }
}

// Begins the content of a file that cannot be read; it cannot occur in a valid file.
const UNREADABLE = "\u0000";

async function contentOf(file: string): Promise<string> {
  try {
    const stats = await stat(file);
    if (!stats.isFile() || stats.size > MAX_RULE_FILE_BYTES)
      return `${UNREADABLE}must be a file of at most ${MAX_RULE_FILE_BYTES} bytes`;
    return await readFile(file, "utf8");
  } catch (error) {
    return `${UNREADABLE}${errorMessage(error)}`;
  }
}

function fileFrom(file: string, content: string): RuleFile {
  return content.startsWith(UNREADABLE)
    ? { file, text: content, groups: [], problems: [{ file, message: content.slice(1) }] }
    : { file, text: content, ...checkRuleText(file, content) };
}
