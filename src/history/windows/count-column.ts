import { type Column, samplesIn, type WindowValues } from "./column.ts";

/** `count_over_time` and `present_over_time`. */
export class CountColumn implements Column {
  readonly #operation: "count_over_time" | "present_over_time";

  constructor(operation: "count_over_time" | "present_over_time") {
    this.#operation = operation;
  }

  block(): void {}

  starts(): void {}

  ends(): void {}

  finish({ windows, boundaries, values, cells }: WindowValues): boolean {
    for (let i = 0; i < windows.count; i++) {
      const count = samplesIn(boundaries, i);
      if (count <= 0) continue;
      values[i] = this.#operation === "count_over_time" ? count : 1;
      cells[i] = 1;
    }
    return true;
  }
}
