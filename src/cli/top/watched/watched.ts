// A watched application, store or group.
import type { Application, Queried } from "../../../explain/application.ts";

/** A process of a group. */
export interface GroupMember {
  readonly id: string;
  readonly pid: number | undefined;
  /** Time of its last figures. */
  readonly timeUnixMillis: number | undefined;
}

/** Something that `tachymeter top` watches. */
export interface Watched extends Application {
  /** Seconds between two refreshes, by default. */
  readonly interval: number;
  /** Seconds that are shown, by default. */
  readonly range: number;
  /** Whether the first figures need two refreshes, since rates need two samples. */
  readonly isCollected: boolean;
  /** The processes of a group, and their own figures, in which each process is an `instance`. */
  readonly members?: ((signal: AbortSignal) => Promise<Members>) | undefined;
  /** Number of processes, if the samples do not have it. */
  readonly processCount?: (() => number) | undefined;
  /** A lasting problem beside a lost connection, such as unreadable rows. */
  readonly problem?: string | undefined;
  close(): Promise<void>;
}

/** The processes of a group. */
export interface Members {
  readonly members: readonly GroupMember[];
  readonly figures: Queried;
  /** Time of the figures, in seconds since the epoch. */
  readonly time: number;
}
