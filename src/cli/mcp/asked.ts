// The application that the tools ask: one at a place that a command names, or the one that serves them.
import type { Application } from "../../explain/application.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import type { KeptSilences } from "../alerts/silence.ts";

/** An application that tools ask. */
export interface Asked {
  /** As shown to agents: without credentials. */
  readonly name: string;
  /** The URL or store by which commands name it. */
  readonly place: string;
  /** Calls `ask` with its samples, alerts and events. */
  application(ask: (application: Application) => Promise<string>, signal: AbortSignal): Promise<string>;
  /** Calls `ask` with its metrics, live or stored. */
  history(ask: (history: History | RemoteHistory) => Promise<string>, signal: AbortSignal): Promise<string>;
  /** Takes a CPU profile, as the text of a `.cpuprofile`. */
  profile(seconds: number): Promise<string>;
  /** Its silences. Rejects if they cannot be read. */
  silences(): Promise<KeptSilences>;
  /** Called with the work of each call, which may go on after its client has left. */
  noteWork?(work: Promise<unknown>): void;
}
