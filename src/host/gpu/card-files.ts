import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Files of a card, read by the thread pool. */
export interface CardFiles {
  /** Returns the text of a file below the card's folder; `undefined` if it cannot be read. */
  text(path: string): Promise<string | undefined>;
  /** Returns the number in a file, multiplied by `factor`. */
  number(path: string, factor?: number): Promise<number | undefined>;
  /** Returns the names of a folder; none if it is missing. */
  names(path: string): readonly string[];
}

/** Returns the files below `folder`. */
export function filesOf(folder: string): CardFiles {
  const text = async (path: string): Promise<string | undefined> => {
    try {
      return (await readFile(`${folder}/${path}`, "utf8")).trim();
    } catch {
      return undefined;
    }
  };
  return {
    text,
    number: async (path, factor = 1) => {
      const value = await text(path);
      const number = value === undefined || value === "" ? Number.NaN : Number(value);
      return Number.isFinite(number) ? number * factor : undefined;
    },
    names: (path) => namesIn(`${folder}/${path}`),
  };
}

/** Returns the names of a folder; none if it is missing. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
