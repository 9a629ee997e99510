// How the box looks. Every colour and size comes from a custom property that a page may set (docs/box.md).

const css = `
:host {
  --_ink: var(--ps-ink, #1d2422); --_quiet: var(--ps-quiet, #56605b); --_card: var(--ps-card, #fff);
  --_ground: var(--ps-ground, #f3f1ec); --_line: var(--ps-line, #e2ddd1); --_edge: var(--ps-edge, #7c8580);
  --_accent: var(--ps-accent, #173f36); --_on-accent: var(--ps-on-accent, #fff); --_soft: var(--ps-soft, #e2eee9);
  --_sale: var(--ps-sale, #a63c1c); --_mark: var(--ps-mark, #fdf0d5); --_focus: var(--ps-focus, #b4570b);
  --_radius: var(--ps-radius, 12px); --_small: 0.8125rem; --_text: 0.9375rem;
  --_lift: 0 1px 2px rgb(0 0 0 / 6%), 0 8px 24px rgb(0 0 0 / 12%);
  display: block; color: var(--_ink); font-size: 1rem; line-height: 1.5;
}
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
ul, ol { margin: 0; padding: 0; list-style: none; }
p { margin: 0; }
h1, h2, h3, h4, h5, h6 { margin: 0; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
a { color: var(--_accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
:focus, .heading:focus-visible { outline: none; }
:focus-visible:not(.heading), .tool:focus-within { outline: 3px solid var(--_focus); outline-offset: 2px; border-radius: 8px; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--_quiet); font-size: var(--_small); }
.grow { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.icon { flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: 0 1.1rem; border: 1px solid var(--_accent); border-radius: 10px; background: var(--_card); color: var(--_accent); font-weight: 600; text-decoration: none; }
.button:hover { background: var(--_soft); }
.thumb { display: grid; place-items: center; width: 3rem; height: 3rem; object-fit: cover; border-radius: 8px; background: var(--_ground); }
.nothing { color: var(--_quiet); }
.price { font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
.now { color: var(--_sale); }
.before { color: var(--_quiet); font-size: var(--_small); font-weight: 400; }
mark { color: inherit; font-weight: 700; background: linear-gradient(transparent 62%, var(--_mark) 62%); }

.field { position: relative; display: flex; align-items: center; gap: 0.15rem; min-height: 3rem; padding: 0.2rem; border: 1px solid var(--_edge); border-radius: var(--_radius); background: var(--_card); }
.field:has(.words:focus-visible) { outline: 3px solid var(--_focus); outline-offset: 1px; }
.words:focus-visible { outline: none !important; }
.words { flex: 1; min-width: 0; height: 2.5rem; padding: 0 0.7rem; border: 0; background: none; text-overflow: ellipsis; }
.words::placeholder { color: var(--_quiet); opacity: 1; }
.words::-webkit-search-cancel-button { cursor: pointer; }
.tool { position: relative; flex: none; display: grid; place-items: center; width: 2.5rem; height: 2.5rem; padding: 0; border: 0; border-radius: 9px; background: none; color: var(--_accent); cursor: pointer; }
.tool:hover { background: var(--_soft); }
.tool input { position: absolute; inset: 0; width: 100%; opacity: 0; cursor: pointer; font-size: 0; }
.go { flex: none; display: inline-flex; align-items: center; gap: 0.45rem; min-height: 2.5rem; padding: 0 0.9rem; border: 1px solid var(--_accent); border-radius: calc(var(--_radius) - 3px); background: var(--_accent); color: var(--_on-accent); font-weight: 600; }
.go:hover { filter: brightness(0.85); }
.chosen { flex: none; display: flex; align-items: center; margin-inline-start: 0.15rem; border-radius: 9px; background: var(--_soft); color: var(--_accent); }
.chosen button { display: grid; grid-auto-flow: column; gap: 0.3rem; place-items: center; min-width: 2rem; height: 2.5rem; padding: 0 0.25rem; border: 0; border-radius: 9px; background: none; }
.chosen img { width: 2rem; height: 2rem; object-fit: cover; border-radius: 6px; }
.chosen .icon { width: 1rem; height: 1rem; }
.options-list { position: absolute; inset: calc(100% + 0.4rem) 0 auto; z-index: 30; max-height: min(70vh, 36rem); padding: 0.4rem; overflow-y: auto; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_card); box-shadow: var(--_lift); scrollbar-width: thin; }
.group { padding: 0.55rem 0.7rem 0.2rem; color: var(--_quiet); font-size: var(--_small); font-weight: 600; }
.option { display: flex; gap: 0.6rem; align-items: center; min-height: 2.5rem; padding: 0.35rem 0.7rem; border-radius: 8px; color: var(--_ink); text-decoration: none; }
.option .icon { width: 1.05rem; height: 1.05rem; color: var(--_quiet); }
.option:hover, .option[aria-selected="true"] { background: var(--_soft); }
.option[aria-selected="true"] { outline: 2px solid var(--_focus); outline-offset: -2px; }
.option[data-forget] { color: var(--_quiet); font-size: var(--_text); }
.over { position: fixed; inset: 0.75rem; z-index: 60; display: grid; place-items: center; padding: 1rem; border: 3px dashed var(--_on-accent); border-radius: 18px; background: color-mix(in srgb, var(--_accent) 90%, transparent); color: var(--_on-accent); font-size: 1.5rem; font-weight: 700; text-align: center; pointer-events: none; }
.told { margin-top: 0.5rem; padding: 0.6rem 0.9rem; border-inline-start: 4px solid var(--_sale); border-radius: 6px; background: var(--_card); }

.results { container-type: inline-size; }
.head { display: flex; gap: 1.1rem; align-items: center; margin: 1.5rem 0 1rem; }
.heading { font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.1rem); letter-spacing: -0.015em; }
.head .quiet { margin-top: 0.2rem; font-size: 1rem; }
.asked { flex: none; width: 5.5rem; height: 5.5rem; object-fit: cover; border: 1px solid var(--_line); border-radius: var(--_radius); }
.notice, .banner { margin: 0.75rem 0; padding: 0.6rem 0.9rem; border-inline-start: 4px solid var(--_focus); border-radius: 6px; background: var(--_mark); }
.banner { border: 0; font-weight: 600; }
.banner img { display: block; max-width: 100%; height: auto; }
.but { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin: 0.75rem 0; padding: 0.75rem; border-radius: var(--_radius); background: var(--_ground); }
.but label { flex: 1 0 100%; font-weight: 600; font-size: var(--_text); }
.but input { flex: 1 1 14rem; min-width: 0; }
.but .button { flex: 1 0 auto; }
.but input, .range input, .find, .sort select { min-height: 2.75rem; padding: 0 0.7rem; border: 1px solid var(--_edge); border-radius: 10px; background: var(--_card); }
.columns { display: grid; gap: 1.1rem; margin-top: 1rem; }
.columns > * { min-width: 0; }
[aria-busy="true"] .hits, [aria-busy="true"] .head { opacity: 0.55; }
.bar { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; justify-content: space-between; min-height: 2.75rem; margin-bottom: 1rem; }
.chips { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.chip { display: inline-flex; gap: 0.4rem; align-items: center; min-height: 2.25rem; padding: 0.2rem 0.8rem; border: 1px solid transparent; border-radius: 99px; background: var(--_soft); color: var(--_accent); font-size: var(--_text); font-weight: 600; text-align: start; text-decoration: none; overflow-wrap: anywhere; }
.chip:hover { border-color: var(--_accent); }
.chip .icon { width: 0.95rem; height: 0.95rem; }
.chip-title { font-weight: 400; }
.turn { min-height: 2.25rem; padding: 0 0.35rem; border: 0; background: none; color: var(--_accent); font-size: var(--_text); font-weight: 600; text-decoration: underline; text-underline-offset: 0.18em; }
.sort { display: flex; gap: 0.5rem; align-items: center; margin-inline-start: auto; }
.sort select { font-size: var(--_text); padding-inline-end: 0.4rem; }

.fold { gap: 0.5rem; width: 100%; justify-content: flex-start; border-color: var(--_line); color: var(--_ink); }
.fold::after { content: ""; width: 0.45rem; height: 0.45rem; margin-inline-start: auto; border: solid currentColor; border-width: 0 2px 2px 0; transform: translateY(-2px) rotate(45deg); }
.fold[aria-expanded="true"]::after { transform: translateY(2px) rotate(225deg); }
.number { display: grid; place-items: center; min-width: 1.5rem; height: 1.5rem; border-radius: 99px; background: var(--_accent); color: var(--_on-accent); font-size: var(--_small); }
.panels:not(.open) { display: none; }
.panel { padding-bottom: 0.8rem; border-bottom: 1px solid var(--_line); }
.panel:not([open]) { padding-bottom: 0; }
.panel > summary { display: flex; align-items: center; min-height: 2.75rem; padding-inline-end: 0.45rem; list-style: none; cursor: pointer; }
.panel > summary::-webkit-details-marker { display: none; }
.panel > summary::after { content: ""; width: 0.4rem; height: 0.4rem; margin-inline-start: auto; border: solid currentColor; border-width: 0 2px 2px 0; transform: translateY(-2px) rotate(45deg); }
.panel[open] > summary::after { transform: translateY(2px) rotate(225deg); }
.panel .sub { font-size: var(--_text); }
.value { display: flex; gap: 0.6rem; align-items: center; min-height: 2.25rem; padding: 0 0.45rem; margin-inline: -0.45rem; border-radius: 8px; font-size: var(--_text); cursor: pointer; }
.value:hover { background: var(--_soft); }
.value input { flex: none; width: 1.1rem; height: 1.1rem; margin: 0; accent-color: var(--_accent); }
.value .quiet { font-variant-numeric: tabular-nums; }
[data-depth="1"] { padding-inline-start: 1.2rem; }
[data-depth="2"] { padding-inline-start: 2.4rem; }
[data-depth="3"] { padding-inline-start: 3.6rem; }
.range { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; }
.range label { flex: 1 1 4rem; min-width: 0; color: var(--_quiet); font-size: var(--_small); }
.find { margin-block: 0.25rem 0.5rem; }
.range input, .find { width: 100%; min-height: 2.5rem; color: var(--_ink); }
.range .button { min-height: 2.5rem; padding: 0 0.75rem; font-size: var(--_text); }
.spread { flex: 0 0 100%; height: 2.75rem; border-bottom: 1px solid var(--_line); fill: var(--_accent); }
.spread .outside { fill: var(--_line); }

.hits { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(var(--ps-card-width, 10.5rem), 45%), 1fr)); gap: 1.5rem 0.9rem; }
.card { position: relative; height: 100%; font-size: var(--_text); }
.link { display: block; color: inherit; text-decoration: none; }
.link::after { content: ""; position: absolute; inset: -0.3rem; border-radius: calc(var(--_radius) + 0.3rem); }
.link:focus-visible { outline: none; }
.link:focus-visible::after { outline: 3px solid var(--_focus); }
.picture { display: grid; place-items: center; aspect-ratio: 1; overflow: hidden; border-radius: var(--_radius); background: var(--_ground); box-shadow: inset 0 0 0 1px var(--_line); }
.picture img { width: 100%; height: 100%; object-fit: cover; }
.picture .nothing .icon { width: 3rem; height: 3rem; opacity: 0.6; }
.card:hover .picture { box-shadow: var(--_lift); }
.title { display: block; margin-top: 0.7rem; font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; }
.card:hover .title { text-decoration: underline; text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
.badges { position: absolute; inset: 0.55rem auto auto 0.55rem; display: flex; flex-wrap: wrap; gap: 0.3rem; max-width: calc(100% - 3.6rem); pointer-events: none; }
.badge { padding: 0.12rem 0.6rem; border-radius: 99px; background: #3b423f; color: #fff; font-size: 0.75rem; font-weight: 700; }
.sale { background: var(--_sale); }
.similar { position: absolute; inset: 0.45rem 0.45rem auto auto; z-index: 1; display: grid; place-items: center; width: 2.25rem; height: 2.25rem; padding: 0; border: 0; border-radius: 99px; background: color-mix(in srgb, var(--_card) 90%, transparent); color: var(--_accent); }
.similar:dir(rtl) { inset: 0.45rem auto auto 0.45rem; }
.badges:dir(rtl) { inset: 0.55rem 0.55rem auto auto; }
.similar:hover { background: var(--_accent); color: var(--_on-accent); }
.skeleton .picture, .bone { background: var(--_ground); }
.bone { display: block; height: 0.9rem; margin-top: 0.75rem; border-radius: 6px; }
.short { width: 45%; }

.after { display: grid; place-items: center; margin: 2rem 0 0; }
.pages { display: flex; flex-wrap: wrap; justify-content: center; align-items: center; gap: 0.4rem; margin-top: 2.5rem; }
.pages ol { display: flex; flex-wrap: wrap; gap: 0.25rem; }
.pages a, .pages li > span { display: inline-grid; place-items: center; min-width: 2.75rem; min-height: 2.75rem; padding: 0 0.6rem; border-radius: 10px; font-weight: 600; text-decoration: none; }
.pages a:hover { background: var(--_soft); }
.pages a[aria-current] { background: var(--_accent); color: var(--_on-accent); }
.state { max-width: 44rem; margin: 1rem 0; padding: clamp(1.25rem, 3vw, 2rem); border: 1px solid var(--_line); border-radius: 16px; background: var(--_card); }
.state > * + * { margin-top: 0.9rem; }
.state > .icon { width: 2.5rem; height: 2.5rem; color: var(--_quiet); }
.tips { padding-inline-start: 1.1rem; list-style: disc; }
.ways li { padding: 0.5rem 0; border-top: 1px solid var(--_line); }
.ways a { font-weight: 600; }
.near, .related nav { margin-top: 2.25rem; }
.near .sub, .related .sub { margin-bottom: 0.5rem; font-size: 1.1rem; }
.near .quiet { margin-bottom: 1rem; }

@container (min-width: 44rem) {
  .but .button { flex: none; }
  .hits { grid-template-columns: repeat(auto-fill, minmax(var(--ps-card-width, 12.5rem), 1fr)); gap: 2rem 1.3rem; }
}
@container (min-width: 56rem) {
  .columns:has(> .side) { grid-template-columns: 15rem minmax(0, 1fr); gap: 2.5rem; align-items: start; }
  .fold { display: none; }
  .panels:not(.open) { display: block; }
}
@media (max-width: 40rem) {
  .go-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .go { padding: 0 0.7rem; }
}
@media (prefers-reduced-motion: no-preference) {
  .picture img { transition: transform 0.35s; }
  .card:hover .picture img { transform: scale(1.035); }
  .skeleton { animation: breathe 1.4s ease-in-out infinite alternate; }
  @keyframes breathe { to { opacity: 0.45; } }
}
@media (forced-colors: active) {
  .go, .chip, .tool, .similar, .badge, .pages a[aria-current], .skeleton .picture { border: 1px solid; }
  .option[aria-selected="true"] { outline-color: Highlight; }
  .spread { forced-color-adjust: none; fill: CanvasText; }
  .spread .outside { fill: GrayText; }
}
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(css.replace(/\n\s*/g, " "));
