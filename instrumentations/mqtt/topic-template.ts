// What topics are counted under.
import { nameTemplate } from "../shared/index.ts";

const SIGNS = { parts: /[^/]+/g, any: "+", tooLong: "#" };

/**
 * `topic` with `+`, MQTT's own sign for any one level, in place of each level that looks like an id: a number, a UUID,
 * 8 hexadecimal digits or more, or more than 32 characters of anything. A topic of more than 512 characters is `#`.
 *
 * @example
 * topicTemplate("plant/7/robots/9f86d081/state"); // "plant/+/robots/+/state"
 */
export function topicTemplate(topic: string): string {
  return nameTemplate(topic, SIGNS);
}
