// Calls of the clients of Amazon's SDK, seen by two functions in the middleware of each client.
import { errorCode } from "../../src/diagnostics/error-message.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { counter } from "../shared/instruments.ts";
import type { Recording } from "../shared/recording.ts";
import { type RequestedServer, RequestedServers } from "../shared/requested-servers.ts";
import { RpcCalls } from "../shared/rpc-calls.ts";

const system = "aws-api";

/** A call, and the state of its attempts. */
interface Call {
  readonly method: string;
  attempts: number;
  server: RequestedServer | undefined;
}

/** Functions that record a call and its attempts. */
interface CallRecording {
  begun(client: object, context: unknown): Call;
  attempted(call: Call, args: unknown): void;
  throttled(call: Call, error: unknown): void;
  ended(call: Call, nanos: number, failure?: { readonly error: unknown }): void;
}

type Stack = Readonly<Record<"add", (...args: readonly unknown[]) => unknown>>;
// A call is in the arguments, which each step passes on. A cached context is that of many calls.
const CALL = Symbol("tachymeter.call");
type Handler = (args: { readonly [CALL]?: Call }) => Promise<unknown>;

// Clients keep their middleware while the instrumentation is disabled.
const current = new Current<CallRecording>();
const watched = new WeakSet<object>();
// For calls whose arguments the application's own middleware replaces.
const calls = new WeakMap<object, Call>();

/** Records the calls of all clients of Amazon's SDK, the attempts that they repeat, and those that a service throttles. */
export function begin(recording: Recording<unknown>): Attach {
  const durations = new RpcCalls(recording, "client");
  const retries = counter(recording.meter, "rpc.client.call.retries");
  const throttles = counter(recording.meter, "rpc.client.call.throttles");
  const requested = new RequestedServers();
  const attributesOf = ({ method }: Call): Readonly<Record<string, string>> => ({
    "rpc.system.name": system,
    "rpc.method": durations.nameOf(method),
  });
  current.set(recording, {
    begun: (client, context) => ({ method: methodOf(client, context), attempts: 0, server: undefined }),
    attempted: (call, args) =>
      recording.safely(() => {
        call.attempts++;
        call.server = requested.ofText(originOf(args), serverOf);
        if (call.attempts > 1) retries.add(1, attributesOf(call));
      }),
    throttled: (call, error) =>
      recording.safely(() => throttles.add(1, { ...attributesOf(call), "error.type": errorTypeOf(error) })),
    ended: (call, nanos, failure) =>
      recording.safely(() => {
        // A URL is signed without a request.
        if (call.attempts === 0 && failure === undefined) return;
        const isAnswer = fieldOf(failure?.error, "$fault") !== undefined;
        const type =
          failure && ((isAnswer ? undefined : errorCode(failure.error)) ?? errorTypeOf(failure.error));
        durations.ended(
          { system, nanos, method: call.method, server: call.server },
          isAnswer ? type : undefined,
          type,
        );
      }),
  });
  return (exports) => {
    recording.before(prototypeOf(exports, "Client"), "send", (client) => {
      const stack = fieldOf(client, "middlewareStack");
      // Two clients may share one, as those of DynamoDB's documents do.
      if (isObject(client) && hasMethods(stack, "add") && !watched.has(stack)) watch(client, stack);
    });
  };
}

function watch(client: object, stack: Stack): void {
  watched.add(stack);
  stack.add(
    (next: Handler, context: object): Handler =>
      async (args) => {
        const receiver = current.value;
        if (receiver === undefined) return next(args);
        const call = receiver.begun(client, context);
        calls.set(context, call);
        const startMillis = nowMillis();
        try {
          const result = await next({ ...args, [CALL]: call });
          receiver.ended(call, nanosSince(startMillis));
          return result;
        } catch (error) {
          receiver.ended(call, nanosSince(startMillis), { error });
          throw error;
        }
      },
    { name: "tachymeterCalls", step: "initialize", priority: "high" },
  );
  // Within the client's retries.
  stack.add(
    (next: Handler, context: object): Handler =>
      async (args) => {
        const receiver = current.value;
        const call = args[CALL] ?? calls.get(context);
        if (receiver === undefined || call === undefined) return next(args);
        receiver.attempted(call, args);
        try {
          return await next(args);
        } catch (error) {
          if (isThrottling(error)) receiver.throttled(call, error);
          throw error;
        }
      },
    { name: "tachymeterAttempts", step: "deserialize", priority: "high" },
  );
}

// `CloudWatch Logs` and `PutLogEventsCommand`: `CloudWatchLogs/PutLogEvents`
function methodOf(client: object, context: unknown): string {
  const service = String(fieldOf(fieldOf(client, "config"), "serviceId")).replaceAll(/\W/g, "");
  return `${service}/${String(fieldOf(context, "commandName")).replace(/Command$/, "")}`;
}

// Buckets of S3 are parts of the host's name.
function originOf(args: unknown): string {
  const request = fieldOf(args, "request");
  const host = String(fieldOf(request, "hostname"));
  const bucket = `${String(fieldOf(fieldOf(args, "input"), "Bucket"))}.`;
  const port = Number(fieldOf(request, "port") ?? (fieldOf(request, "protocol") === "http:" ? 80 : 443));
  return `${host.startsWith(bucket) ? host.slice(bucket.length) : host} ${port}`;
}

function serverOf(origin: string): RequestedServer {
  const [address = "", port] = origin.split(" ");
  return { address, port: Number(port) };
}

// As the SDK decides. A client that is refused for its rate waits longer than after other failures.
const THROTTLING =
  /^(?:BandwidthLimitExceeded|EC2ThrottledException|LimitExceededException|PriorRequestNotComplete|ProvisionedThroughputExceededException|RequestLimitExceeded|RequestThrottled(?:Exception)?|SlowDown|ThrottledException|Throttling(?:Exception)?|TooManyRequestsException|TransactionInProgressException)$/;

function isThrottling(error: unknown): boolean {
  return (
    fieldOf(fieldOf(error, "$metadata"), "httpStatusCode") === 429 ||
    fieldOf(fieldOf(error, "$retryable"), "throttling") === true ||
    THROTTLING.test(String(fieldOf(error, "name")))
  );
}
