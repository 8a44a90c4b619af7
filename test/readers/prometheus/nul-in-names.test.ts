import { expect, test } from "vitest";
import { rendered } from "./rendered.ts";
import { gauge, resourceMetrics, scope } from "../resource-metrics.ts";

test.each(["text-1.0.0", "openmetrics-1.0.0", "openmetrics-2.0.0"] as const)(
  "in %s no name contains NUL, at which Prometheus 3 stops reading",
  async (format) => {
    const metrics = resourceMetrics([scope("s", [gauge({ name: "a\0b.c" }, [{ "d\0e.f": "g\0h" }, 1])])]);
    const wishes = { format, strategy: "NoTranslation", escaping: "allow-utf-8" } as const;
    expect(await rendered(metrics, wishes)).toContain('{"a_b.c","d_e.f"="g\0h",otel_scope_name="s"} 1\n');
  },
);
