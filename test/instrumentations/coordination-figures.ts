/** Recorded coordination metrics, in the terms of the instrumentations' READMEs. */
import type { Attributes } from "@opentelemetry/api";
import type { Collecting } from "../kit/collecting.ts";
import { countOf, sumOf } from "./histogram-figures.ts";

/** Figures of one provider. */
export class CoordinationFigures {
  readonly #collecting: Collecting;

  constructor(collecting: Collecting) {
    this.#collecting = collecting;
  }

  /** Returns the counts of events of the locks with a name. */
  async lock(name: string): Promise<Record<string, unknown>> {
    const attributes = { "coordination.lock.name": name };
    const figures = {
      waits: await this.#count("coordination.lock.wait.duration", attributes),
      holds: await this.#count("coordination.lock.hold.duration", attributes),
      contentions: await this.#collecting.point("coordination.lock.contentions", attributes),
      lost: await this.#collecting.point("coordination.leases.lost", attributes),
    };
    return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
  }

  /** Returns the total seconds of a duration. */
  async seconds(metric: string, attributes: Attributes): Promise<number> {
    return sumOf(await this.#collecting.point(metric, attributes)) ?? Number.NaN;
  }

  async #count(metric: string, attributes: Attributes): Promise<number | undefined> {
    return countOf(await this.#collecting.point(metric, attributes));
  }
}
