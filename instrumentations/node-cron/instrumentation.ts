import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { jobName, ScheduledJobs } from "../shared/scheduled-jobs.ts";
import { SCHEDULING } from "./index.ts";

const jobs = new ScheduledJobs("node_cron");

/** Records the runs of functions that are scheduled with the `node-cron` package. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  jobs.begin(recording);
  return (exports) => {
    for (const each of [exports, fieldOf(exports, "default")].filter(isObject)) {
      for (const name of SCHEDULING) {
        recording.wrap(each, name, (schedule) => {
          return function (...args) {
            const [expression, job, options] = args;
            // Background tasks are files.
            if (!isCallback(job)) return Reflect.apply(schedule, this, args);
            const measured = jobs.measured(job, () => jobName(fieldOf(options, "name"), expression));
            return Reflect.apply(schedule, this, args.with(1, measured));
          };
        });
      }
    }
  };
}
