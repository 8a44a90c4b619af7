// Topics are made for devices, one each; what is measured is the kind of topic.

const MAX_SEGMENT_LENGTH = 32;
const MAX_TOPIC_LENGTH = 512;

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEXADECIMAL = /^(0x)?[0-9a-f]{8,}$/i;

/**
 * `topic` with `+`, MQTT's own sign for any one level, in place of each level that looks like an id: a number, a UUID,
 * 8 hexadecimal digits or more, or more than 32 characters of anything. A topic of more than 512 characters is `#`.
 *
 * @example
 * topicTemplate("plant/7/robots/9f86d081/state"); // "plant/+/robots/+/state"
 */
export function topicTemplate(topic: string): string {
  if (topic.length > MAX_TOPIC_LENGTH) return "#";
  return topic
    .split("/")
    .map((level) => (looksLikeId(level) ? "+" : level))
    .join("/");
}

function looksLikeId(level: string): boolean {
  return (
    level.length > MAX_SEGMENT_LENGTH || NUMBER.test(level) || UUID.test(level) || HEXADECIMAL.test(level)
  );
}
