// One execution of a command as an event.
import type { EventToRecord } from "../../events/event.ts";
import { uuidV7 } from "../../events/uuid-v7.ts";
import { refusalOfAmount } from "../../recording/guarded-instruments.ts";

/** One execution of a command, once it is over. */
export interface CommandExecution {
  readonly command: string | undefined;
  readonly seconds: number;
  readonly isSuccess: boolean;
}

/** The event `COMMAND` of an execution. Without a name its `command_type` is `unknown`; a bad time is left out. */
export function commandEvent({ command, seconds, isSuccess }: CommandExecution): EventToRecord {
  return {
    event_type: "COMMAND",
    source: "commands",
    data: {
      command_type: command ?? "unknown",
      command_id: uuidV7(),
      ...(refusalOfAmount(seconds) === undefined && { processing_time_ms: seconds * 1000 }),
      result_status: isSuccess ? "SUCCESS" : "FAILURE",
    },
  };
}
