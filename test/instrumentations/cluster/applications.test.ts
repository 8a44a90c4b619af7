import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../packed-project.ts";
import { samples, scrapeOf, startedApplications } from "../applications.ts";

const folder = import.meta.dirname;

beforeAll(packedProject, 180_000);

test.each([startedApplications[0], startedApplications[3]])(
  "the workers of %s started with %s are measured in its primary",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    expect(samples(text, "coordination_active_nodes")).toEqual(["coordination_active_nodes{} 1"]);
    expect(samples(text, "coordination_node_exits_total")).toEqual([
      'coordination_node_exits_total{outcome="failure"} 1',
    ]);
    const type = (name: string): string => `{coordination_message_type="${name}"}`;
    expect(samples(text, "coordination_messages_total").toSorted()).toEqual([
      `coordination_messages_total${type("fork")} 2`,
      `coordination_messages_total${type("received")} 2`,
      `coordination_messages_total${type("sent")} 1`,
    ]);
  },
);
