// The server's replies to the commands that a client has queued.
import { hasMethods } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { isOfStreams, type RedisCommand, redisCommand } from "./commands.ts";
import type { RedisMessages } from "./messages.ts";

/** A queued command of the client. Its arguments, including the name, are removed once it is written. */
export interface QueuedCommand {
  readonly args: readonly unknown[];
  readonly chainId?: unknown;
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

interface Expected {
  readonly command: RedisCommand;
  readonly args: readonly unknown[];
  readonly place: string;
}

/**
 * Returns a function to call with each command that a client has queued. It reads replies by replacing the function
 * that resolves a command; the promise stays the same. `placeNow` returns the place of the command that is queued.
 */
export function answersTo(
  recording: Recording<unknown>,
  messages: RedisMessages,
  placeNow: () => string,
): (queued: QueuedCommand) => void {
  // All commands of a transaction are queued synchronously.
  let transaction: { readonly chainId: unknown; readonly commands: (Expected | undefined)[] } | undefined;
  const onReply = (queued: QueuedCommand, see: (reply: unknown) => void): void => {
    const { resolve } = queued;
    queued.resolve = (reply) => {
      try {
        see(reply);
      } catch (error) {
        recording.failed(error);
      }
      resolve(reply);
    };
  };
  const executed = (commands: readonly (Expected | undefined)[], replies: unknown): void => {
    if (!Array.isArray(replies)) return;
    for (const [i, expected] of commands.entries()) {
      const reply: unknown = replies[i];
      if (expected === undefined || reply instanceof Error) continue;
      messages.answered(expected.command, expected.args, 1, reply, expected.place);
    }
  };
  // A pipeline without a transaction has a chain too, but each of its commands has its own reply.
  const isInTransaction = (queued: QueuedCommand, expected: Expected | undefined): boolean => {
    const { chainId, args } = queued;
    if (chainId === undefined) return false;
    const name = String(args[0]);
    if (name === "MULTI") {
      transaction = { chainId, commands: [] };
      return true;
    }
    if (transaction?.chainId !== chainId) return false;
    const { commands } = transaction;
    if (name !== "EXEC") commands.push(expected);
    else {
      transaction = undefined;
      if (commands.some((each) => each !== undefined))
        onReply(queued, (replies) => executed(commands, replies));
    }
    return true;
  };
  return (queued) => {
    const command = redisCommand(String(queued.args[0]));
    const expected =
      command === "none"
        ? undefined
        : {
            command,
            args: withoutPayload(command, queued.args),
            place: isOfStreams(command) ? placeNow() : "",
          };
    if (isInTransaction(queued, expected) || expected === undefined) return;
    onReply(queued, (reply) => messages.answered(expected.command, expected.args, 1, reply, expected.place));
  };
}

// Drops payloads, which may be large, until the reply arrives; only their number is needed.
function withoutPayload(command: RedisCommand, args: readonly unknown[]): readonly unknown[] {
  if (command !== "publish" && command !== "push" && command !== "pushToExisting") return args;
  const kept = args.slice(0, 2);
  kept.length = args.length;
  return kept;
}

export function isQueuedCommand(value: unknown): value is QueuedCommand {
  return hasMethods(value, "resolve", "reject") && "args" in value && Array.isArray(value.args);
}
