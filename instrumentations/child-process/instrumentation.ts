// Child processes recorded as commands, observed by Node's diagnostics channel and without changes to the
// application.
import { ChildProcess } from "node:child_process";
import { markRuns } from "../../src/facades/commands/run-scope.ts";
import { Commands } from "../../src/facades/commands/index.ts";
import { isOurs } from "../../src/io/own-processes.ts";
import { observableGauge } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { watchSynchronousForms } from "./synchronous-forms.ts";
import { onThreadCommand, ThreadCommands } from "./thread-commands.ts";
import { type OnProcessEnd, watchProcess } from "./watched-process.ts";
import { type ChildProcessInstrumentationConfig } from "./index.ts";
export { ThreadCommands };

const CHANNEL = "child_process";

// Node.js keeps running children alive. Their exits are not seen after the end of a recording.
const runningOf = outliving(() => ({ isUsed: false, children: new LiveObjects<ChildProcess>() }));

/**
 * Records every child process started while this is enabled as the execution of a command, once it has ended.
 * Processes started by `Commands.run` are part of that command and are not recorded twice.
 */
// On disable, the methods of running processes are restored, and these processes are not recorded. Enabled again, they count
// as running.
export function begin(recording: Recording<ChildProcessInstrumentationConfig>): undefined {
  const commands = recording.config.commands ?? new Commands({ meterProvider: recording.meterProvider });
  const running = runningOf(recording);
  // Processes started within a command are part of it.
  const isWanted = (): boolean => !isOurs() && !commands.isRunning;
  const record: OnProcessEnd = (command, seconds, errorType) => {
    const failure = errorType === undefined ? undefined : { errorType, example: `ended with ${errorType}` };
    recording.safely(() => commands.record(command(), seconds, failure));
  };
  const watch = (child: ChildProcess): void => {
    running.isUsed = true;
    const stop = recording.onEnd(
      watchProcess(
        child,
        record,
        () => running.children.add(child),
        () => {
          if (!isRunning(child)) running.children.delete(child);
          stop();
        },
      ),
    );
  };
  recording.onEnd(
    onThreadCommand(({ command, seconds, failure }) =>
      recording.safely(() => commands.record(command, seconds, failure)),
    ),
  );
  markRuns();
  recording.onEnd(watchSynchronousForms(isWanted, record));
  recording.observe(observableGauge(recording.meter, "commands.running"), (result) => {
    if (!running.isUsed) return;
    let count = 0;
    for (const child of running.children) {
      if (isRunning(child)) count++;
      else running.children.delete(child);
    }
    result.observe(count);
  });
  const seen = new WeakSet<ChildProcess>();
  const see = (child: unknown): void => {
    if (!(child instanceof ChildProcess) || seen.has(child) || !isWanted()) return;
    seen.add(child);
    watch(child);
  };
  recording.subscribe(CHANNEL, ({ process: child }) => see(child));
  // Node.js may pass it on to a new subscriber, or not.
  if (commands instanceof ThreadCommands) see(commands.first);
}

// A child that was constructed or could not be started has no id.
function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}
