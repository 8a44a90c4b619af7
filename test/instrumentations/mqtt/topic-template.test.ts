import fc from "fast-check";
import { expect, test } from "vitest";
import { topicTemplate } from "../../../instrumentations/mqtt/client.ts";

test.each([
  ["jobs", "jobs"],
  ["plant/7/temperature", "plant/+/temperature"],
  ["plant/-12.5/x", "plant/+/x"],
  ["robots/9f86d081/state", "robots/+/state"],
  ["robots/0x9F86D081/state", "robots/+/state"],
  ["robots/9f86d08/state", "robots/9f86d08/state"],
  ["users/123e4567-e89b-12d3-a456-426614174000", "users/+"],
  [`tokens/${"x".repeat(33)}`, "tokens/+"],
  [`words/${"x".repeat(32)}`, `words/${"x".repeat(32)}`],
  ["v2/devices", "v2/devices"],
  ["/leading//empty/", "/leading//empty/"],
  ["", ""],
  ["x".repeat(513), "#"],
])("topic %s is counted as %s", (topic, template) => {
  expect(topicTemplate(topic)).toBe(template);
});

test("a template has as many levels as its topic, and is its own template", () => {
  const levels = fc.array(fc.oneof(fc.string({ maxLength: 40 }), fc.uuid(), fc.nat().map(String)), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(levels, (given) => {
      const topic = given.join("/");
      const template = topicTemplate(topic);
      expect(topicTemplate(template)).toBe(template);
      expect(template.split("/")).toHaveLength(topic.split("/").length);
    }),
  );
});
