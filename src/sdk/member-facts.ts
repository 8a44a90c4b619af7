// The state of facades of the members of a group: each member publishes its facts, and gets those of others.
import type { MeterProvider } from "@opentelemetry/api";
import { warnOnce } from "../diagnostics/log-once.ts";
import { factsOn, setFactsOn } from "../recording/shared-state.ts";

type Facts = Readonly<Record<string, unknown>>;

/** Returns the facts of this thread's facades; `undefined` without any. */
export function ownFacts(provider: MeterProvider): string | undefined {
  const facts = factsOn(provider);
  return facts && JSON.stringify([facts]);
}

/** The facts of a process: those of its main thread, its worker threads and other processes. */
export class MemberFacts {
  readonly #provider: MeterProvider;
  readonly #threads = new Map<string, readonly Facts[]>();

  constructor(provider: MeterProvider) {
    this.#provider = provider;
  }

  /** Returns the facts of this process and its threads; `undefined` without any. */
  text(): string | undefined {
    const own = factsOn(this.#provider);
    const all = [...(own === undefined ? [] : [own]), ...[...this.#threads.values()].flat()];
    return all.length === 0 ? undefined : JSON.stringify(all);
  }

  /** Replaces the facts of a member; `undefined` if it has ended. */
  set(member: string, text: string | undefined): void {
    const facts = text === undefined ? undefined : factsIn(text);
    if (member.startsWith(THREAD)) {
      if (facts === undefined) this.#threads.delete(member);
      else this.#threads.set(member, facts);
    }
    setFactsOn(this.#provider, member, facts);
  }
}

// Names of members that are threads of this process.
const THREAD = "worker thread ";

function factsIn(text: string): readonly Facts[] {
  if (text === "") return [];
  try {
    const all: unknown = JSON.parse(text);
    return Array.isArray(all) ? all.filter(isFacts) : [];
  } catch {
    warnOnce("group: the state of a member's facades is damaged and left out");
    return [];
  }
}

function isFacts(given: unknown): given is Facts {
  return typeof given === "object" && given !== null;
}
