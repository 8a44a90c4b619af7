// Rule files that are watched by their content.
import { readFile, stat } from "node:fs/promises";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import type { CheckedGroups } from "./check-groups.ts";
import type { CheckedGroup } from "./checked-group.ts";
import { problemText } from "./problem.ts";
import { checkRuleText, MAX_RULE_FILE_BYTES, readRuleFile } from "./rule-file.ts";
import { RulesError } from "./rules-error.ts";

/** Options of {@link WatchedRules}. */
export interface WatchedRulesOptions {
  readonly files: readonly string[];
  /** Called with the groups of all files after a change. */
  readonly onChange: (groups: readonly CheckedGroup[]) => void;
  /** Time between two looks at the files. Default: 5,000. */
  readonly intervalMillis?: number;
}

const INTERVAL_MILLIS = 5_000;
const MAX_LOGGED = 10;

/**
 * Looks at rule files at each interval. After a change, all files are read. With a problem in one of them the rules stay
 * as they were, and the problems are logged once.
 */
export class WatchedRules {
  readonly #options: WatchedRulesOptions;
  #contents: readonly string[];
  #groups: readonly CheckedGroup[];
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** @throws RulesError with all problems of all files. */
  constructor(options: WatchedRulesOptions) {
    this.#options = options;
    const read = options.files.map((file) => readRuleFile(file));
    const problems = read.flatMap((each) => each.problems);
    if (problems.length > 0) throw new RulesError(problems);
    this.#groups = read.flatMap(({ groups }) => groups);
    // Read again at the first look, since a file may change in between.
    this.#contents = [];
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
    const { files, onChange } = this.#options;
    const contents = await Promise.all(files.map((file) => contentOf(file)));
    if (this.#isEnded || isSame(contents, this.#contents)) return false;
    const isFirst = this.#contents.length === 0;
    this.#contents = contents;
    const read = files.map((file, i): CheckedGroups => {
      const content = contents[i] ?? "";
      return content.startsWith(UNREADABLE)
        ? { groups: [], problems: [{ file, message: content.slice(1) }] }
        : checkRuleText(file, content);
    });
    const problems = read.flatMap((each) => each.problems.map((problem) => problemText(problem)));
    if (problems.length > 0) {
      const further = problems.length > MAX_LOGGED ? `; and ${problems.length - MAX_LOGGED} more` : "";
      diag.warn(
        `rules: the files changed and have problems, so the rules stay as they were: ${problems.slice(0, MAX_LOGGED).join("; ")}${further}`,
      );
      return false;
    }
    const groups = read.flatMap((each) => each.groups);
    if (isFirst && isSame(keysOf(groups), keysOf(this.#groups))) return false;
    this.#groups = groups;
    onChange(groups);
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

function keysOf(groups: readonly CheckedGroup[]): readonly string[] {
  return groups.map((group) => JSON.stringify(group));
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each, i) => each === right[i]);
}
