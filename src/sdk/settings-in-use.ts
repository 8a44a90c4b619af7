// The settings of the running SDK, some of which a reload changes.
import { isDeepStrictEqual } from "node:util";
import { type CheckedConfiguration, translationOf } from "./reader-problems.ts";
import type { Changeable } from "./reload.ts";
import type { Settings } from "./settings.ts";

/** A change of settings. */
export interface Change {
  /** The settings in use from now on. */
  readonly settings: Settings;
  /** Whether one of these options differs. */
  readonly isOf: (...options: readonly Changeable[]) => boolean;
  /** Whether the names or labels that Prometheus scrapes differ. */
  readonly isRenamed: boolean;
}

/** The settings in use. Those that cannot change keep their values from the start. */
export class SettingsInUse {
  current: Settings;

  constructor(settings: Settings) {
    this.current = settings;
  }

  get configuration(): CheckedConfiguration {
    return this.current.configuration;
  }

  /** The change to `next`, of which `options` differ. Nothing is changed yet. */
  changeTo(next: Settings, options: ReadonlySet<Changeable>): Change {
    const { readers, alerts, ofPage, seriesTimeToLive, exemplarFilter, collectionIntervalMillis, logLevel } =
      next.configuration;
    const changed = {
      readers,
      alerts,
      ofPage,
      seriesTimeToLive,
      exemplarFilter,
      collectionIntervalMillis,
      logLevel,
    };
    return {
      settings: {
        ...next,
        configuration: { ...this.configuration, ...changed },
        options: {
          ...this.current.options,
          readers: next.options.readers ?? [],
          views: next.options.views ?? [],
        },
      },
      isOf: (...each) => each.some((option) => options.has(option)),
      isRenamed: !isDeepStrictEqual(translationOf(this.configuration.readers), translationOf(readers)),
    };
  }
}
