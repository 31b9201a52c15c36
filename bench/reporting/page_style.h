// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The page's style sheet. The colours of series are told apart by the colour-blind as well (after
// Okabe and Ito), in both modes; plots have different points besides.

#ifndef TIMED_BENCH_REPORTING_PAGE_STYLE_H
#define TIMED_BENCH_REPORTING_PAGE_STYLE_H

#include <string_view>

namespace timed::bench {

inline constexpr std::string_view page_style = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --surface: #ffffff; --text: #1c2126; --muted: #5c6670; --line: #dfe3e7;
  --axis: #a8b0b8; --ours: #0067a5; --ours-tint: #eaf3fa; --worse: #b3400a; --worse-tint: #fdf1ea;
  --better: #00694d; --bar: #b9c1c9; --baseline: #dde1e5;
  --series-1: #0067a5; --series-2: #d55e00; --series-3: #b0568f; --series-4: #6b747d;
  --series-5: #9aa3ab; --series-6: #2aa3e0; --series-7: #008a66; --series-8: #a87a00;
  --series-9: #7c5a3c; --series-10: #4a4fb0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121518; --surface: #1a1e22; --text: #e4e8eb; --muted: #98a2ab; --line: #2e353b;
    --axis: #5d6871; --ours: #62b6ec; --ours-tint: #17293a; --worse: #f2935c; --worse-tint: #33221a;
    --better: #4cc7a1; --bar: #56616a; --baseline: #353d44;
    --series-1: #62b6ec; --series-2: #f08a3c; --series-3: #d98fc0; --series-4: #a3adb5;
    --series-5: #737d86; --series-6: #a9dcff; --series-7: #3fc39b; --series-8: #e0b847;
    --series-9: #c79f7c; --series-10: #a5a9ff;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --surface: #fff; --text: #000; --muted: #444; --line: #bbb; --axis: #888;
    --ours: #0067a5; --ours-tint: #eef4f8; --worse: #b3400a; --worse-tint: #fff; --better: #00694d;
    --bar: #b9c1c9; --baseline: #dde1e5;
    --series-1: #0067a5; --series-2: #d55e00; --series-3: #b0568f; --series-4: #6b747d;
    --series-5: #9aa3ab; --series-6: #2aa3e0; --series-7: #008a66; --series-8: #a87a00;
  --series-9: #7c5a3c; --series-10: #4a4fb0;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.25rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .35rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 3rem 0 .5rem; letter-spacing: -.005em; }
h2 code { font-size: .8rem; font-weight: 400; color: var(--muted); margin-left: .35rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--ours); }
code { font: .875em/1.4 ui-monospace, SFMono-Regular, Menlo, "Liberation Mono", monospace; }
.muted, small { color: var(--muted); }
.about { color: var(--muted); margin: 0; overflow-wrap: anywhere; }
nav { margin: 1rem 0 0; font-size: .9rem; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.notice {
  border-left: 4px solid var(--worse); background: var(--worse-tint); padding: .6rem .9rem;
  margin: 1rem 0; border-radius: 0 4px 4px 0;
}
.notice p { margin: .2rem 0; }
.lead { font-size: 1.08rem; }
.lead li { margin: .35rem 0; }
ul { padding-left: 1.2rem; max-width: 46rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem; margin: 1.25rem 0; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.1rem; min-width: 0; }
.card h3 { margin: 0; }
.card .sub { font-size: .85rem; color: var(--muted); margin: 0 0 .6rem; }
.card h4 { font-size: .8rem; font-weight: 600; margin: .8rem 0 .25rem; color: var(--muted); }
.bars { display: grid; grid-template-columns: 9.2rem 1fr 3.6rem; gap: .2rem .6rem; align-items: center; font-size: .85rem; }
.bars .name { overflow-wrap: anywhere; }
.bars .track { height: .8rem; min-width: 0; }
.bars .bar { display: block; height: 100%; background: var(--bar); border-radius: 2px; min-width: 1px; }
.bars .baseline .bar { background: var(--baseline); }
.bars .row { display: contents; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bars .ours .bar { background: var(--ours); }
.bars .ours .name, .bars .ours .value { color: var(--ours); font-weight: 600; }
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; margin: .6rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { padding: .34rem .75rem; text-align: left; vertical-align: baseline; white-space: nowrap; }
td.wrap { white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
thead th { font-weight: 600; border-bottom: 1px solid var(--line); vertical-align: bottom; }
thead small { display: block; font-weight: 400; }
tbody tr.group td { border-top: 1px solid var(--line); }
.number { text-align: right; }
td small { margin-left: .35rem; }
td small.below { display: block; margin-left: 0; }
tr.ours td { background: var(--ours-tint); }
tr.ours .contender { color: var(--ours); font-weight: 600; }
tr.baseline .contender { color: var(--muted); }
.worse { color: var(--worse); font-weight: 600; }
.better { color: var(--better); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 23rem), 1fr)); gap: 1rem; margin: 1rem 0; }
figure { margin: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: .5rem; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; max-width: 38rem; margin: 0 auto; }
figure svg g { font-family: inherit; }
.reproduce { font-size: .85rem; color: var(--muted); margin: .5rem 0; max-width: none; }
.reproduce code { overflow-wrap: anywhere; }
footer { color: var(--muted); font-size: .85rem; padding-top: 2rem; padding-bottom: 3rem; }
@media (max-width: 34rem) {
  body { font-size: 15px; }
  main, header, footer { padding-left: .9rem; padding-right: .9rem; }
  header { padding-top: 1.4rem; }
  .card { padding: .8rem .85rem; }
  .bars { grid-template-columns: 8.8rem 1fr 3.2rem; font-size: .8rem; }
  td.wrap { min-width: 8rem; }
  thead th { white-space: normal; }
  th, td { padding: .32rem .4rem; font-size: .8125rem; }
  .stacks, .stacks thead, .stacks tbody { display: block; }
  .stacks tr { display: grid; grid-template-columns: 1fr repeat(3, 3.4rem); padding: .3rem 0; }
  .stacks td, .stacks th { padding-top: 0; padding-bottom: 0; align-self: end; }
  .stacks tr > :nth-child(-n + 2) { grid-column: 1 / -1; }
  .stacks tr > :nth-child(2) { color: var(--muted); }
  .stacks tr > :nth-child(3) { text-align: left; }
  .stacks thead tr, .stacks tbody tr.group { border-top: 1px solid var(--line); }
  .stacks tbody tr.group td, .stacks thead th { border: 0; }
  .stacks thead tr { border-bottom: 1px solid var(--line); }
}
@media print {
  nav { display: none; }
  body { font-size: 10pt; }
  table { font-size: 8pt; }
  h2, h3 { break-after: avoid; }
  .card, figure, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PAGE_STYLE_H
