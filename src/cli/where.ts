// What a series or an event must have to be shown.
import type { Where } from "../history/index.ts";
import { UsageError } from "./command.ts";

/**
 * Conditions of `key=value`, several of a key for values that do as well, and `key!=value`.
 *
 * @throws UsageError where one chooses nothing, or contradicts another.
 */
export function whereFrom(texts: readonly string[]): Where {
  const where = new Map<string, string[] | { not: string }>();
  for (const text of texts) {
    const [, key = "", sign = "", value = ""] = /^([^=!]+)(!?=)(.*)$/s.exec(text) ?? [];
    const wanted = where.get(key);
    if (key === "")
      throw new UsageError(`--where: "${text}" chooses nothing; give attribute=value, or attribute!=value`);
    if (sign === "!=") {
      if (wanted !== undefined)
        throw new UsageError(`--where: "${key}" is given twice; give one value that it must not have`);
      where.set(key, { not: value });
    } else if (Array.isArray(wanted)) wanted.push(value);
    else if (wanted === undefined) where.set(key, [value]);
    else
      throw new UsageError(
        `--where: "${key}" is given twice; give values that it may have, or one that it must not`,
      );
  }
  return Object.fromEntries(where);
}
