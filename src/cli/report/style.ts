/** The style sheet of HTML reports: light and dark, and for print. */
export const STYLE: string = `
:root { color-scheme: light dark; --back: #fff; --card: #f7f8fa; --text: #1c2128; --quiet: #5b6470; --line: #d9dde3;
  --good: #1a7f37; --warn: #9a6700; --bad: #c9252d; --new: #0969da; --idle: #8b949e;
  --c0: #2563c9; --c1: #c2570c; --c2: #1a7f5a; --c3: #8a3ffc; --c4: #b8860b; --c5: #c2257a; --c6: #0e7c86; --c7: #6b7280; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --card: #1c2027; --text: #e2e6ec; --quiet: #9aa4b1; --line: #343a44;
  --good: #3fb950; --warn: #d4a017; --bad: #ff6b6b; --new: #58a6ff; --idle: #6e7681;
  --c0: #6ea8fe; --c1: #f0883e; --c2: #4cc38a; --c3: #b794f6; --c4: #e3b341; --c5: #f778ba; --c6: #39c5cf; --c7: #a5adb8; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 0.5rem; }
h3 { font-size: 0.95rem; margin: 0; overflow-wrap: anywhere; }
header p, .note, figcaption p { color: var(--quiet); margin: 0.2rem 0 0; }
.note, figcaption p, small { font-size: 0.8rem; }
.summary { background: var(--card); border: 1px solid var(--line); border-radius: 8px; list-style: none; margin: 1rem 0; padding: 0.6rem 1rem; }
.summary li { overflow-wrap: anywhere; padding: 0.15rem 0 0.15rem 1.2rem; text-indent: -1.2rem; }
.summary li::before { color: var(--idle); content: "●"; display: inline-block; font-size: 0.7rem; text-indent: 0; width: 1.2rem; }
.summary .bad::before { color: var(--bad); } .summary .warn::before { color: var(--warn); } .summary .good::before { color: var(--good); }
.figures { display: grid; gap: 0.6rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); list-style: none; margin: 0.5rem 0; padding: 0; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; display: grid; grid-template-columns: auto 1fr; grid-template-rows: 1fr auto auto auto; overflow: hidden; padding: 0.5rem 0.75rem; }
.figures .name, .figures .spark, .figures small { grid-column: 1 / -1; } .figures .change { align-self: center; padding-left: 0.5rem; }
.figures .name { color: var(--quiet); display: block; font-size: 0.8rem; overflow-wrap: anywhere; }
.figures strong { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.change { color: var(--quiet); font-size: 0.8rem; }
.spark { display: block; height: 26px; width: 100%; } .spark polyline { fill: none; stroke: var(--c0); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); }
figure { border: 1px solid var(--line); border-radius: 8px; margin: 0; min-width: 0; padding: 0.75rem; }
figure.wide { grid-column: 1 / -1; }
figure svg { display: block; height: auto; margin-top: 0.4rem; max-height: 22rem; width: 100%; }
svg .grid { stroke: var(--line); stroke-width: 0.7; } svg .tick { fill: var(--quiet); font: 11px system-ui, sans-serif; }
svg .line { fill: none; stroke: var(--c); stroke-linejoin: round; stroke-width: 1.6; } svg .area { fill: var(--c); opacity: 0.25; } svg circle { fill: var(--c); }
svg .mark { stroke: var(--idle); stroke-dasharray: 4 3; stroke-width: 1.2; } svg .mark.alert { stroke: var(--bad); } svg .mark.restart { stroke: var(--new); }
svg .mark.change { stroke: var(--c3); } svg .mark.anomaly { stroke: var(--warn); }
svg .state { fill: var(--idle); } svg .good { fill: var(--good); } svg .warn { fill: var(--warn); } svg .bad { fill: var(--bad); } svg .new { fill: var(--new); }
.cbad { --c: var(--bad); } .c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.legend { display: flex; flex-wrap: wrap; font-size: 0.8rem; gap: 0 1rem; list-style: none; margin: 0.3rem 0; padding: 0; }
.legend li { overflow-wrap: anywhere; } .legend li::before { background: var(--c, var(--idle)); border-radius: 2px; content: ""; display: inline-block; height: 0.6rem; margin-right: 0.35rem; width: 0.9rem; }
.legend .good { --c: var(--good); } .legend .warn { --c: var(--warn); } .legend .bad { --c: var(--bad); } .legend .new { --c: var(--new); } .legend .idle { --c: var(--idle); }
.legend .mark { --c: var(--idle); color: var(--quiet); } .legend .alert { --c: var(--bad); } .legend .restart { --c: var(--new); } .legend .change { --c: var(--c3); } .legend .anomaly { --c: var(--warn); }
.legend .mark::before { height: 0.8rem; vertical-align: -1px; width: 2px; } .legend .more::before { display: none; }
details { font-size: 0.8rem; } summary { color: var(--quiet); cursor: pointer; }
section > table { font-size: 0.9rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.75rem 0.3rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; } td, th { overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
@media (max-width: 40rem) { body { padding: 0.75rem; } section { overflow-x: auto; } }
@media print { :root { color-scheme: light; --back: #fff; --card: #fff; --text: #000; --quiet: #444; --line: #ccc; }
  body { font-size: 11px; max-width: none; padding: 0; } .charts { grid-template-columns: 1fr 1fr; } details { display: none; }
  figure, .figures li, .summary, tr { break-inside: avoid; } h2 { break-after: avoid; } }
`;
