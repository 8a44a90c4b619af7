// Size of regular expressions before they are compiled. `.{0,1000}` is compiled to a program of 2,000 instructions.

// Compiling the largest program takes some 10 ms.
const MAX_SIZE = 2_000;
const MAX_LENGTH = 4_096;
// Ranges of a Unicode class, by the time that they take.
const UNICODE_CLASS_SIZE = 20;

/** Refusal of a valid pattern that would take too much time or memory. */
export class LargePatternError extends Error {
  override readonly name = "LargePatternError";
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    super(`a regular expression is too large: ${problem}; ${remedy}`);
    this.problem = problem;
    this.remedy = remedy;
  }
}

/** Throws a {@link LargePatternError} if a pattern is too long, or its program would be too large. */
export function assertSmallPattern(source: string): void {
  if (source.length > MAX_LENGTH)
    throw new LargePatternError(
      `it is longer than ${MAX_LENGTH} characters`,
      "write a shorter one, or several matchers",
    );
  if (sizeOfPattern(source) > MAX_SIZE)
    throw new LargePatternError("it repeats too much", "write smaller counts, or * and +");
}

// Parts of a pattern: text in \Q and \E, an escape, a class, the head of a group, a count, any other character.
const PART =
  /\\Q.*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[pP].|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\{(\d+)(,?)(\d*)\}|./gsu;
const UNICODE_CLASS = /\\p/gi;

interface Group {
  /** Size of the parts before the last one. */
  size: number;
  last: number;
}

/** Estimate of the program's instructions. Each part counts as often as it is repeated. */
export function sizeOfPattern(source: string): number {
  let group: Group = { size: 0, last: 0 };
  const outer: Group[] = [];
  for (const [part, count, , max] of source.matchAll(PART)) {
    if (count !== undefined) {
      group.last *= Math.max(Number(count), Number(max), 1);
      continue;
    }
    group.size += group.last;
    group.last = part.startsWith("\\Q") ? part.length : sizeOfPart(part);
    if (part === "(") {
      outer.push(group);
      group = { size: 0, last: 0 };
    } else if (part === ")") {
      const size = group.size + group.last;
      group = outer.pop() ?? { size: 0, last: 0 };
      group.last += size;
    }
  }
  // A group without an end is invalid, which the compiler reports.
  return outer.reduce((sum, { size, last }) => sum + size + last, group.size + group.last);
}

function sizeOfPart(part: string): number {
  const classes = /^[\\[]/.test(part) ? (part.match(UNICODE_CLASS)?.length ?? 0) : 0;
  return 1 + classes * UNICODE_CLASS_SIZE + (part.startsWith("[") ? part.length / 8 : 0);
}
