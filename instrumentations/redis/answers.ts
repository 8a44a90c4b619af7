// The server's answers to the commands that a client has queued.
import { hasMethods, type Recording } from "../shared/index.ts";
import { type RedisCommand, redisCommand } from "./commands.ts";
import type { RedisMessages } from "./messages.ts";

/** A command as the client queues it. Its arguments, the name among them, are gone once it is written. */
export interface QueuedCommand {
  readonly args: readonly unknown[];
  readonly chainId?: unknown;
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

interface Expected {
  readonly command: RedisCommand;
  readonly args: readonly unknown[];
}

/** Reads replies by replacing the function that resolves a command, whose promise stays the same. */
export class Answers {
  readonly #recording: Recording<unknown>;
  readonly #messages: RedisMessages;
  // The commands of a transaction are queued in one go.
  #transaction: { readonly chainId: unknown; readonly commands: (Expected | undefined)[] } | undefined;

  constructor(recording: Recording<unknown>, messages: RedisMessages) {
    this.#recording = recording;
    this.#messages = messages;
  }

  /** A client has queued a command. */
  queued(queued: QueuedCommand): void {
    const name = String(queued.args[0]);
    const command = redisCommand(name);
    if (queued.chainId !== undefined && this.#isInTransaction(queued, name, command)) return;
    if (command === "none") return;
    const args = withoutPayload(command, queued.args);
    this.#onReply(queued, (reply) => this.#messages.answered(command, args, 1, reply));
  }

  // A pipeline that is no transaction has a chain too, and its commands their own replies.
  #isInTransaction(queued: QueuedCommand, name: string, command: RedisCommand | "none"): boolean {
    if (name === "MULTI") {
      this.#transaction = { chainId: queued.chainId, commands: [] };
      return true;
    }
    const transaction = this.#transaction;
    if (transaction === undefined || transaction.chainId !== queued.chainId) return false;
    if (name === "EXEC") {
      this.#transaction = undefined;
      if (transaction.commands.some((each) => each !== undefined)) {
        this.#onReply(queued, (replies) => this.#executed(transaction.commands, replies));
      }
    } else {
      transaction.commands.push(
        command === "none" ? undefined : { command, args: withoutPayload(command, queued.args) },
      );
    }
    return true;
  }

  #executed(commands: readonly (Expected | undefined)[], replies: unknown): void {
    if (!Array.isArray(replies)) return;
    for (const [i, expected] of commands.entries()) {
      const reply: unknown = replies[i];
      if (expected === undefined || reply instanceof Error) continue;
      this.#messages.answered(expected.command, expected.args, 1, reply);
    }
  }

  #onReply(queued: QueuedCommand, see: (reply: unknown) => void): void {
    const { resolve } = queued;
    const recording = this.#recording;
    queued.resolve = (reply) => {
      try {
        see(reply);
      } catch (error) {
        recording.failed(error);
      }
      resolve(reply);
    };
  }
}

// Payloads may be large and are not kept until the reply is there; only their number is.
function withoutPayload(command: RedisCommand, args: readonly unknown[]): readonly unknown[] {
  if (command !== "publish" && command !== "push" && command !== "pushToExisting") return args;
  const kept = args.slice(0, 2);
  kept.length = args.length;
  return kept;
}

export function isQueuedCommand(value: unknown): value is QueuedCommand {
  return hasMethods(value, "resolve", "reject") && "args" in value && Array.isArray(value.args);
}
