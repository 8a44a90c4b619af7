import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { jobName, ScheduledJobs } from "../shared/scheduled-jobs.ts";

const jobs = new ScheduledJobs("croner");

/** Records the runs of functions that are scheduled with the `croner` package. Its constructor calls `schedule`, too. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  jobs.begin(recording);
  return (exports) => {
    recording.wrap(prototypeOf(exports, "Cron"), "schedule", (schedule) => {
      return function (...args) {
        const job = args[0] ?? fieldOf(this, "fn");
        if (!isCallback(job) || !isObject(this)) return Reflect.apply(schedule, this, args);
        const measured = jobs.measured(job, () => jobName(fieldOf(this, "name"), patternOf(this)));
        if (args[0] !== undefined && args[0] !== null)
          return Reflect.apply(schedule, this, args.with(0, measured));
        Reflect.set(this, "fn", measured);
        return Reflect.apply(schedule, this, args);
      };
    });
  };
}

// A job that runs once, at a date, has none.
function patternOf(job: object): unknown {
  return hasMethods(job, "getPattern") ? job.getPattern() : undefined;
}
