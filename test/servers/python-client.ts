// Prometheus' client for Python (Debian's package python3-prometheus-client), which reads OpenMetrics strictly.
import { spawnSync } from "node:child_process";

/** Debian's own Python: another one may come first in the path. */
export const PYTHON = "/usr/bin/python3";

/** Result of the Python client. */
export interface ReadOpenMetrics {
  /** Reason for which it refuses the text; empty if it reads it. */
  readonly error: string;
  readonly families: readonly ReadFamily[];
}

/**
 * One family, each sample with its name among the labels as `__name__`. Labels without a value are left out, since
 * Prometheus ignores them.
 */
export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>;
    /** As Prometheus writes it. */
    readonly value: string;
    /** Labels of the exemplar. */
    readonly exemplar: Readonly<Record<string, string>> | null;
  }[];
}

const PROGRAM = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

def read(text):
    try:
        return {"error": "", "families": [family(f) for f in text_string_to_metric_families(text)]}
    except ValueError as error:
        return {"error": str(error), "families": []}

def family(f):
    samples = [{
        "labels": {**{k: v for k, v in s.labels.items() if v}, "__name__": s.name},
        "value": str(s.value).replace("inf", "Inf").replace("nan", "NaN"),
        "exemplar": s.exemplar.labels if s.exemplar else None,
    } for s in f.samples]
    return {"name": f.name, "type": f.type, "help": f.documentation, "samples": samples}

print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

/** Reads texts in OpenMetrics, each of them separately. */
export function readByPython(texts: readonly string[]): readonly ReadOpenMetrics[] {
  const { stdout, stderr, status } = spawnSync(PYTHON, ["-c", PROGRAM], {
    input: JSON.stringify(texts),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the Python client failed: ${stderr}`);
  const answers: readonly ReadOpenMetrics[] = JSON.parse(stdout);
  return answers;
}
