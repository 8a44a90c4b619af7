// The figures that the delta readers of the group have exported, in one file for each reader. A new aggregator exports the
// growth since then.
import { join } from "node:path";
import { attempt, warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { type KeptFigures, readFigures, writeFigures } from "./figures-file.ts";
import { namesIn } from "./member-folders.ts";
import type { FigureSource } from "./state-writer.ts";

const FILE = /^exported\.(\d{1,3})$/;

/** Exported figures on disk. No method throws. */
export class Exported {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The figures by number of the reader. Damaged ones are left out, with a warning. */
  read(): ReadonlyMap<number, KeptFigures> {
    const found = new Map<number, KeptFigures>();
    for (const name of namesIn(this.#folder)) {
      const number = FILE.exec(name)?.[1];
      if (number === undefined) continue;
      const figures = attempt(
        () => readFigures(join(this.#folder, name)),
        (reason) =>
          `group "${this.#folder}": ${name} cannot be read (${reason}); its delta reader starts now`,
      );
      if (typeof figures === "object") found.set(Number(number), figures);
      else if (figures === "damaged")
        warnOnceAMinute(`group "${this.#folder}": file ${name} is damaged; its delta reader starts now`);
    }
    return found;
  }

  /** Replaces the figures of a reader. If this fails, a warning is logged at most once a minute. */
  write(reader: number, figures: FigureSource): void {
    attempt(
      () => writeFigures(join(this.#folder, `exported.${reader}`), [], figures),
      (reason) =>
        `group "${this.#folder}": the exported figures cannot be kept (${reason}); ` +
        "if this process ends now, its successor exports some of them again",
      `exported ${this.#folder}`,
    );
  }
}
