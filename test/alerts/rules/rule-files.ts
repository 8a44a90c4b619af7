/** Rule files, and the problems that each has, without the name of the file. Valid ones have none. */
export const valid: readonly string[] = [
  "",
  "groups: []",
  "groups:\n- name: empty\n",
  "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n",
  "groups:\n- name: g\n  interval: 30s\n  limit: 5\n  rules:\n  - record: a:b\n    expr: sum(x)\n    labels: {a: b}\n",
  'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      up == 0\n      and x > 1\n    for: 1h30m\n    keep_firing_for: 5m\n    labels: {severity: page, n: 1, t: true}\n    annotations: {s: "{{ $labels.job }} {{ $value | humanize }}"}\n',
  'groups:\n- name: g\n  rules:\n  - {alert: A, expr: "1"}\n  - {alert: A, expr: "2", labels: {x: y}}\n',
  '{"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up", "for": "1m"}]}]}',
  "groups:\n- &g\n  name: g\n  rules: &r\n  - alert: A\n    expr: up\n- name: h\n  rules: *r\n",
  "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    labels:\n    annotations:\n    for: 0s\n",
  'groups:\n- name: g\n  rules:\n  - {alert: A, expr: "1"}\n  - {alert: A, expr: "2"}\n  - {record: b, expr: "1"}\n  - {record: b, expr: "1"}\n',
  // Quoted texts and flow collections that go on at any indentation.
  'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: \'up{a="b"}\n    or\n\n  up\n> 1\'\n    labels:\n      a: "b # \\\n      c\\"d"\n      e: f\n',
  'groups: [\n{name: g,\nrules: [\n# a comment\n  {alert: A, expr: up,\n for: 1m}\n,\n{record: a:b, expr: "sum\n(x)"}\n]},\n]\n',
  'groups:\n- name: g\n  rules:\n  - {alert: A, record: "", expr: "1"}\n  - {alert: "", record: b, expr: "1", for: 0s, keep_firing_for: 0, annotations: {}}\n',
];

/** Files that are valid in Prometheus 3, but not in Prometheus 2. */
export const validInPrometheus3: readonly string[] = [
  'groups:\n- name: g\n  labels: {"a b": c}\n  rules:\n  - {record: a.b-größe, expr: "1", labels: {service.name: x}}\n  - {alert: A, expr: "1", labels: {größe: x}, annotations: {"a/b": x}}\n',
];

export const invalid: readonly (readonly [text: string, problems: readonly string[]])[] = [
  [
    "groups: [",
    [
      "1: the file must be valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  ],
  ["groups:\n- name: g\n  nam: x\n", ['3: group "g": unknown field "nam"; write name']],
  ["group: []", ['1: unknown field "group"; write groups']],
  ["groups:\n- rules: []\n", ["name must be a non-empty string, got undefined; name the group"]],
  [
    "groups:\n- name: g\n- name: g\n",
    ['3: group "g": the group\'s name must be unique in its file, got "g" twice; rename one'],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(\n",
    [
      '5: group "g", rule "A": could not parse expression: parse error at column 5: expected an expression, got the end of the expression; write a metric, a number or a function call',
    ],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - alert: A\n",
    ['4: group "g", rule "A": field \'expr\' must be set in rule, got undefined; write a PromQL expression'],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - expr: up\n",
    ["4: group \"g\": one of 'record' or 'alert' must be a non-empty string, got undefined; name the rule"],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - {alert: A, record: b, expr: up}\n",
    ["4: group \"g\", rule \"A\": only one of 'record' and 'alert' must be set; remove one"],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - record: a{b}\n    expr: up\n    for: 1m\n",
    [
      '4: group "g", rule "a{b}": invalid recording rule name: record must be a text without braces, got "a{b}"; rename it',
      '6: group "g", rule "a{b}": invalid field \'for\' in recording rule: only alerts have it; remove it',
    ],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    for: 5\n    labels:\n      '': x\n    anotations: {}\n",
    [
      '6: group "g", rule "A": for must be a duration such as "30s", "5m" or "1h30m", got "5"; write "5s"',
      '8: group "g", rule "A": invalid label name: the name must be a non-empty text, got ""; rename it',
      '9: group "g", rule "A": unknown field "anotations"; write annotations',
    ],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    labels: {__name__: x}\n",
    ['6: group "g", rule "A": invalid label name: the name must not be __name__, got "__name__"; rename it'],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    annotations:\n      s: '{{ $lables.x }}'\n      t: '{{ humanise 1 }}'\n",
    [
      '7: group "g", rule "A": annotation "s": could not parse template: undefined variable "$lables"; write $labels',
      '8: group "g", rule "A": annotation "t": could not parse template: function "humanise" not defined; write humanize',
    ],
  ],
  [
    "groups:\n- name: g\n  interval: 5 minutes\n  limit: many\n",
    [
      '3: group "g": interval must be a duration such as "30s", "5m" or "1h30m", got "5 minutes"; write "5m"',
      '4: group "g": limit must be a whole number of 0 or more, got "many"; write 0 for none',
    ],
  ],
  [
    "groups:\n- name: g\n  rules:\n  - up\n",
    ['4: group "g": a rule must be an object with alert or record, got "up"; write "alert: …"'],
  ],
  ["groups: {a: b}", ["groups must be a list, got { a: 'b' }; write \"- name: …\""]],
  ["- a\n- b\n", ["the file must be an object with groups, got [ 'a', 'b' ]; write \"groups:\""]],
  ["groups:\n- name: g\n  name: h\n", ["3: the file must be valid YAML: Map keys must be unique"]],
  [
    "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up, labels: [a]}\n",
    ['4: group "g", rule "A": labels must be an object of strings, got [ \'a\' ]; write "name: text"'],
  ],
];

/** Problems that promtool does not report, or only as a lint. */
export const stricter: readonly (readonly [text: string, problems: readonly string[]])[] = [
  [
    'groups:\n- name: g\n  rules:\n  - {alert: A, expr: "x[5m]"}\n',
    [
      '4: group "g", rule "A": expr must be an instant vector or a scalar, got a range vector; apply a function such as rate()',
    ],
  ],
];
