// The faults of the fleet. `alert` is the metric of the alert, `culprit` are the series of the cause, and `cause` says which.

const of =
  (instance, pattern, where = {}) =>
  (metric, labels) =>
    (instance === undefined || labels.instance === instance) &&
    pattern.test(metric) &&
    Object.entries(where).every(([label, value]) => labels[label] === value);

/** The killed worker, whose series all ended. */
export const ended = (metric, { instance }, { direction, factor }, killed) =>
  /^(?:target_info|process_uptime.*)$/.test(metric) &&
  instance === killed &&
  direction === "down" &&
  factor === 0;

/** A fault within a process, by fleet-fault.mjs. */
const within = (instance, fault) => (fleet) => {
  fleet.fault(instance, fault, true);
  return () => fleet.fault(instance, fault, false);
};

/** Kills a worker, and remembers which. */
const killed = (nameOf) => (fleet, facts) => {
  facts.killed = nameOf(fleet);
  fleet.signal(facts.killed, "SIGKILL");
  return () => fleet.startWorker(facts.killed);
};

const repeated = (millis, step) => {
  const timer = setInterval(() => step(), millis);
  return () => clearInterval(timer);
};

export const FAULTS = [
  {
    name: "leak in a worker",
    alert: "health_status",
    cause: "memory or heap of the worker",
    culprit: [of("worker-2", /memory|heap/)],
    begin: within("worker-2", "leak"),
  },
  {
    name: "blocked loop",
    alert: "coordination_message_latency_seconds",
    cause: "event loop of the worker",
    culprit: [of("worker-1", /eventloop/)],
    begin: within("worker-1", "block"),
  },
  {
    name: "slow dependency",
    alert: "command_duration_seconds",
    cause: "durations of HTTP requests to it",
    culprit: [of(undefined, /http_client_request_duration/)],
    begin: (fleet) => {
      fleet.dependencyMillis = 400;
      return () => (fleet.dependencyMillis = 20);
    },
  },
  {
    name: "noisy neighbour",
    alert: "coordination_message_latency_seconds",
    cause: "processor time or event loop of the neighbour, processor time of the machine",
    culprit: [of("neighbour", /cpu|eventloop/), of(undefined, /system_cpu/)],
    begin: within("neighbour", "burn"),
  },
  {
    name: "killed worker",
    alert: "health_status",
    cause: "the end of that worker's series, or counts of nodes",
    culprit: [ended, of(undefined, /coordination_(?:active|node|heartbeat|member)/)],
    begin: killed(({ leader }) => (leader === "worker-3" ? "worker-2" : "worker-3")),
  },
  {
    name: "killed leader",
    alert: "health_status",
    cause: "the end of that worker's series, or counts of nodes and leaders",
    culprit: [ended, of(undefined, /coordination_(?:active|leader|node|heartbeat|member)/)],
    begin: killed(({ leader }) => leader),
  },
  {
    name: "queue flood",
    alert: "health_check_duration_seconds",
    cause: "messages of the flooded queue",
    culprit: [of(undefined, /message/, { messaging_destination_name: "fleet/jobs/worker-2" })],
    begin: (fleet) => repeated(10, () => fleet.publish("fleet/jobs/worker-2", { id: "none", files: [] })),
  },
  {
    name: "failing command",
    alert: "health_status",
    cause: "commands of the worker",
    culprit: [of("worker-2", /command/)],
    begin: within("worker-2", "failingCommand"),
  },
  {
    name: "slow command",
    alert: "health_status",
    cause: "durations of commands of the worker",
    culprit: [of("worker-2", /command_duration/)],
    begin: within("worker-2", "slowCommand"),
  },
  {
    name: "stopped broker",
    alert: "health_status",
    cause: "messages, or coordination",
    culprit: [of(undefined, /message|coordination_/)],
    begin: (fleet) => {
      fleet.signal("coordinator", "SIGSTOP");
      return () => fleet.signal("coordinator", "SIGCONT");
    },
  },
  {
    name: "retry storm",
    alert: "command_duration_seconds",
    cause: "HTTP requests of the worker",
    culprit: [of("worker-2", /http_client_request/)],
    begin: within("worker-2", "retryStorm"),
  },
  {
    name: "lock held",
    alert: "coordination_message_latency_seconds",
    cause: "locks",
    culprit: [of(undefined, /lock/)],
    begin: (fleet) => {
      let isHeld = false;
      const turn = () => {
        isHeld = !isHeld;
        fleet.publish("fleet/locks", { node: "intruder", wanted: isHeld });
      };
      const end = repeated(1_500, turn);
      return () => {
        end();
        fleet.publish("fleet/locks", { node: "intruder", wanted: false });
      };
    },
  },
];
