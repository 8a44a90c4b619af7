// Names of queues that the broker makes up, one a client, are one name.

/** `messaging.destination.name` of an exchange or a queue; the default exchange without a queue's name is `amq.default`. */
export function destinationName(given: string): string {
  if (given === "") return "amq.default";
  if (!given.startsWith("amq.")) return given;
  if (given.startsWith("amq.gen-")) return "amq.gen-*";
  return given.startsWith("amq.rabbitmq.reply-to.") ? "amq.rabbitmq.reply-to" : given;
}
