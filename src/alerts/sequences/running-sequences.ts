// Rules over sequences of the events of the running SDK, with templates filled in and a state that survives the process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { Events } from "../../events/events.ts";
import { isAbsent } from "../../io/files/open-file.ts";
import { replaceFile } from "../../io/files/replace.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import type { Alert } from "../alert.ts";
import { Template } from "../templates/template.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import { eventFrom } from "./match.ts";
import { Sequences } from "./sequences.ts";

export interface RunningSequencesParts {
  readonly events: Events;
  /** Folder of `sequences.json`; `undefined` without one. */
  readonly directory: string | undefined;
  /** Labels that identify this application, for templates. */
  readonly labels: Readonly<Record<string, string>>;
  /** URL of this application, for templates. */
  readonly url: string | undefined;
  /** Whether events of other processes and threads come, too. */
  readonly isShared: () => boolean;
  /** Called with alerts that were raised, prolonged or resolved. */
  readonly onAlerts: (alerts: readonly Alert[]) => void;
}

// Members pass their events on within a second.
const LATENESS_SECONDS = 2;
// Only its user can read the file.
const FILE_MODE = 0o600;
// A new or resolved alert is saved at once, further ones after this time.
const SAVE_PAUSE_MILLIS = 1_000;

type Texts = Readonly<Record<string, string>>;

/** Texts of a rule that may be templates: those of its labels and annotations. */
export function templateTexts({ labels, annotations }: CheckedSequenceRule): readonly string[] {
  return [...Object.values(labels), ...Object.values(annotations)].filter((text) => text.includes("{{"));
}

export class RunningSequences {
  readonly #parts: RunningSequencesParts;
  readonly #sequences: Sequences | undefined;
  readonly #file: string | undefined;
  // By the texts of the rules. Values of keys are not templates.
  readonly #templates: ReadonlyMap<string, Template>;
  #remove = (): void => {};
  #savedRevision = 0;
  // Labels of firing alerts. A prolonged alert keeps them.
  readonly #known = new WeakSet<Texts>();
  #saveTimer: NodeJS.Timeout | undefined;
  #savedMillis = -Infinity;
  #isWriting = false;
  #isStopped = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(rules: readonly CheckedSequenceRule[], parts: RunningSequencesParts) {
    this.#parts = parts;
    this.#templates = new Map(
      rules.flatMap((rule) => templateTexts(rule).map((text) => [text, new Template(text, rule.name)])),
    );
    if (rules.length === 0) return;
    const { events, directory, onAlerts } = parts;
    this.#sequences = new Sequences(rules, {
      onMatch: (match, rule) => {
        if (rule.effect === "event") events.record(eventFrom(rule, match));
      },
      onAlerts: (alerts) => {
        onAlerts(alerts.map((alert) => this.#expanded(alert)));
        if (alerts.some((alert) => this.#isNews(alert))) this.#saveSoon();
      },
    });
    this.#file = directory === undefined ? undefined : join(directory, "sequences.json");
    if (this.#file !== undefined) this.#restore(this.#sequences, this.#file);
  }

  /** Firing alerts, and those resolved within the last 15 minutes. */
  alerts(): readonly Alert[] {
    return (this.#sequences?.alerts() ?? []).map((alert) => this.#expanded(alert));
  }

  /** Begins to receive events. */
  start(): void {
    const sequences = this.#sequences;
    if (sequences !== undefined) this.#remove = this.#parts.events.on("*", (event) => sequences.offer(event));
  }

  /** Adapts to the members of the group, and writes the partial matches if they have changed. */
  tend(): void {
    const sequences = this.#sequences;
    if (sequences !== undefined) sequences.lateness = this.#parts.isShared() ? LATENESS_SECONDS : 0;
    this.#save();
  }

  #isNews({ state, labels }: Alert): boolean {
    if (state === "firing" && this.#known.has(labels)) return false;
    this.#known.add(labels);
    return true;
  }

  #saveSoon(): void {
    if (this.#saveTimer !== undefined || this.#file === undefined || this.#isStopped) return;
    const pause = this.#savedMillis + SAVE_PAUSE_MILLIS - performance.now();
    // All changes of one turn are saved together.
    this.#saveTimer = realSetTimeout(
      () => {
        this.#saveTimer = undefined;
        if (this.#isWriting) this.#saveSoon();
        else this.#save();
      },
      Math.max(0, pause),
    ).unref();
  }

  #save(): void {
    const [sequences, file] = [this.#sequences, this.#file];
    if (sequences === undefined || file === undefined || this.#isWriting) return;
    if (sequences.revision === this.#savedRevision) return;
    this.#savedRevision = sequences.revision;
    this.#isWriting = true;
    this.#savedMillis = performance.now();
    this.#writing = this.#write(file, sequences.stateText());
  }

  async #write(file: string, text: string | Promise<string>): Promise<void> {
    try {
      await replaceFile(file, await text, FILE_MODE);
    } catch (error) {
      warnOnceAMinute(`sequences: the partial matches are not saved (${errorMessage(error)})`);
    }
    this.#isWriting = false;
  }

  /** Ends in this turn. */
  stop(): void {
    this.#isStopped = true;
    this.#remove();
    realClearTimeout(this.#saveTimer);
    const [sequences, file] = [this.#sequences, this.#file];
    sequences?.close();
    if (sequences === undefined || file === undefined) return;
    const text = JSON.stringify(sequences.state());
    this.#writing = this.#writing.then(() => this.#write(file, text));
  }

  /** Resolves once the state is written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  #restore(sequences: Sequences, file: string): void {
    try {
      sequences.restore(JSON.parse(readFileSync(file, "utf8")));
    } catch (error) {
      if (!isAbsent(error))
        diag.warn(`sequences: "${file}" cannot be read (${errorMessage(error)}); it is ignored`);
    }
  }

  #expanded(alert: Alert): Alert {
    const expand = (texts: Texts): Texts =>
      Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.#expand(text, alert)]));
    return { ...alert, labels: expand(alert.labels), annotations: expand(alert.annotations) };
  }

  #expand(text: string, { labels, value }: Alert): string {
    const expanded = this.#templates.get(text)?.expand({
      labels,
      value,
      externalLabels: this.#parts.labels,
      externalUrl: this.#parts.url ?? "",
      query: () => {
        throw new Error("rules over sequences of events have no metrics");
      },
    });
    return typeof expanded === "string" ? expanded : text;
  }
}
