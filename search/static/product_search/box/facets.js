// What narrows the results: lists and trees of values, yes or no, ranges with how they are spread. And what is chosen,
// as chips to take back.

import { filtered, toggled } from "./address.js";
import { el, icon, svg } from "./dom.js";

/** Values shown before "all"; so many an answer has of a facet, and a shop that has more finds the others by name. */
const SHOWN = 10;
const MOST = 200;
const TYPING = 150;
/** Of the drawing of a range: its height and how far each bar is from the next. */
const HEIGHT = 40;
const STEP = 10;

/** The facets of an answer that offer a choice; `folds` remembers which are shut and which show all. */
export function panels(box, ask, answer, folds) {
  return answer.facets.map((facet) => panel(box, ask, facet, folds)).filter(Boolean);
}

function panel(box, ask, facet, folds) {
  const inside = facet.kind === "range" ? range(box, ask, facet) : values(box, ask, facet, folds);
  if (!inside) return null;
  const key = `panel:${facet.name}`;
  const fold = (event) => (event.target.open ? folds.delete(key) : folds.add(key));
  return el("details", { class: "panel", part: "panel", open: !folds.has(key), ontoggle: fold },
    el("summary", { "data-key": key }, box.subheading({}, box.titleOf(facet.name))), inside);
}

function values(box, ask, facet, folds) {
  const chosen = facet.values.filter((each) => each.chosen).map((each) => each.value);
  const offered = facet.values.filter((each) =>
    each.chosen || (each.count > 0 && (facet.kind !== "boolean" || each.value === "true") && unfolded(each, chosen)));
  if (!offered.length) return null;
  const key = `all:${facet.name}`;
  const all = folds.has(key) || offered.length <= SHOWN + 1;
  // What is chosen stays in sight.
  const shown = all ? offered : offered.filter((each, number) => number < SHOWN || each.chosen);
  const turn = () => {
    if (!folds.delete(key)) folds.add(key);
    box.redraw();
  };
  const items = (some) => some.map((each) => el("li", { "data-depth": each.depth }, value(box, ask, facet, each)));
  const options = el("ul", { class: "options" }, items(shown));
  if (offered.length <= SHOWN + 1) return options;
  const fold = el("button", { type: "button", class: "turn", "data-key": key, "aria-expanded": String(all), onclick: turn },
    all ? box.say("less") : box.say("more", { count: offered.length }));
  const find = (words) => (offered.length < MOST || ask.picture ? named(offered, words) : box.valuesNamed(facet.name, ask, words));
  const put = (found) => {
    fold.hidden = found !== null;
    options.replaceChildren(...(found?.length === 0 ? [el("li", { class: "quiet" }, box.say("noValue"))] : items(found ?? shown)));
    if (found) box.announce(box.say("values", { count: found.length }));
  };
  return [facet.kind === "value" ? finder(box, facet, find, put) : null, options, fold];
}

/** A field that finds values by their names; `put` shows them, and what was there before for null. */
function finder(box, facet, find, put) {
  let last = 0;
  const typed = async ({ target }) => {
    const number = ++last;
    const words = target.value.trim();
    if (!words) return put(null);
    await new Promise((done) => setTimeout(done, TYPING));
    if (number !== last) return;
    try {
      const found = await find(words);
      if (number === last) put(found);
    } catch {
      // What is shown stays; the next key asks again.
    }
  };
  const label = box.say("findIn", { facet: box.titleOf(facet.name) });
  const props = { type: "search", class: "find", placeholder: label, "aria-label": label, autocomplete: "off", oninput: typed };
  return el("input", { ...props, "data-key": `find:${facet.name}` });
}

/** Those of which each of `words` begins a word of the name, as the shop compares them. */
function named(offered, words) {
  const parts = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return offered.filter((each) => parts(words).every((word) => parts(each.label || each.value).some((part) => part.startsWith(word))));
}

function value(box, ask, facet, each) {
  const choose = () => box.ask(next(ask, facet, each));
  const key = `facet:${facet.name}:${each.value}`;
  return el("label", { class: "value" },
    el("input", { type: "checkbox", checked: each.chosen, "data-key": key, onchange: choose }),
    el("span", { class: "grow" }, labelOf(box, facet, each)), el("span", { class: "quiet" }, String(each.count)));
}

function next(ask, facet, each) {
  // A value that words have set is let go of by making them plain words.
  if (each.chosen && !ask.filters[facet.name]) return { ...ask, page: 1, plain: [...ask.plain, facet.name] };
  if (facet.kind === "boolean" && !each.chosen) return filtered(ask, facet.name, [each.value]);
  return toggled(ask, facet.name, each.value);
}

/** Whether a value of a tree is shown: the top always, a branch where something on it or above it is chosen. */
function unfolded({ depth, value }, chosen) {
  const parent = value.slice(0, Math.max(0, value.lastIndexOf("/")));
  return depth === 0 || chosen.some((path) => path === parent || path.startsWith(`${parent}/`));
}

function labelOf(box, facet, each) {
  if (facet.kind !== "boolean") return each.label || each.value;
  const word = each.value === "true" ? "yes" : "no";
  return box.say(`${word}.${facet.name}`) || each.label || box.say(word);
}

function range(box, ask, facet) {
  const [low = "", high = ""] = (ask.filters[facet.name]?.[0] ?? "").split("..");
  if (facet.low === null && !low && !high) return null;
  const field = (name, value, bound) =>
    el("label", {}, box.say(name), el("input", {
      name, value, inputmode: "decimal", autocomplete: "off", size: 6, "data-key": `${facet.name}:${name}`,
      placeholder: bound === null ? "" : String(name === "from" ? Math.floor(bound) : Math.ceil(bound)),
    }));
  const apply = (event) => {
    event.preventDefault();
    const typed = new FormData(event.target);
    const [from, to] = ["from", "to"].map((name) => typed.get(name).trim().replace(",", "."));
    box.ask(filtered(ask, facet.name, from || to ? [`${from}..${to}`] : []));
  };
  return el("form", { class: "range", onsubmit: apply }, bars(box, facet, low, high),
    field("from", low, facet.low), field("to", high, facet.high),
    el("button", { class: "button", "data-key": `${facet.name}:apply` }, box.say("apply")));
}

/** How the numbers are spread, drawn; the same in words for those who don't see it. */
function bars(box, { buckets }, low, high) {
  const most = Math.max(0, ...buckets.map((each) => each.count));
  if (buckets.length < 2 || !most) return null;
  const spread = buckets.filter((each) => each.count).map((each) => box.say("bucket", each)).join("; ");
  const size = { viewBox: `0 0 ${buckets.length * STEP - 1} ${HEIGHT}`, preserveAspectRatio: "none" };
  return svg({ class: "spread", role: "img", "aria-label": spread, ...size },
    ...buckets.map(({ low: from, high: to, count }, number) => {
      const height = count ? Math.max(2, Math.round((HEIGHT * count) / most)) : 0;
      const inside = to >= Number(low || -Infinity) && from <= (high ? Number(high) : Infinity);
      return ["rect", { x: number * STEP, y: HEIGHT - height, width: 9, height, class: inside ? "" : "outside" }];
    }));
}

/** Everything that is asked for beside the words, each a button that takes it back. */
export function chips(box, ask, answer) {
  const chosen = [...ofExamples(box, ask), ...ofFilters(box, ask, answer), ...ofWords(box, ask, answer)];
  if (!chosen.length) return null;
  const clear = { ...ask, filters: {}, like: [], unlike: [], more: [], less: [], picture: "", page: 1 };
  return el("ul", { class: "chips", "aria-label": box.say("active") },
    chosen.map(([key, title, label, without]) => el("li", {},
      el("button", { type: "button", class: "chip", part: "chip", "data-key": `chip:${key}`, onclick: () => box.ask(without) },
        el("span", {}, title ? el("span", { class: "chip-title" }, `${title}: `) : null, label), icon("close"),
        el("span", { class: "hidden" }, box.say("remove"))))),
    chosen.length > 1
      ? el("li", {}, el("button", { type: "button", class: "turn", "data-key": "clear", onclick: () => box.ask(clear) }, box.say("clearAll")))
      : null);
}

function ofExamples(box, ask) {
  const less = (name, value) => ({ ...ask, [name]: ask[name].filter((other) => other !== value), page: 1 });
  const title = (id) => box.titles.get(id) ?? "";
  return [
    ...(ask.picture ? [["picture", "", box.say("yourPicture"), { ...ask, picture: "", page: 1 }]] : []),
    ...ask.like.map((id) => [`like:${id}`, "", title(id) ? box.say("like", { title: title(id) }) : box.say("likeChosen"), less("like", id)]),
    ...ask.unlike.map((id) => [`unlike:${id}`, "", box.say("unlike", { title: title(id) || id }), less("unlike", id)]),
    ...ask.more.map((words) => [`more:${words}`, box.say("chipMore"), words, less("more", words)]),
    ...ask.less.map((words) => [`less:${words}`, box.say("chipLess"), words, less("less", words)]),
  ];
}

function ofFilters(box, ask, answer) {
  return Object.entries(ask.filters).flatMap(([name, chosen]) => {
    const facet = answer.facets.find((each) => each.name === name) ?? { name, kind: "value", values: [] };
    return chosen.map((each) => {
      const known = facet.values.find((other) => other.value === each) ?? { value: each, label: "" };
      const label = facet.kind === "range" ? span(box, each) : labelOf(box, facet, known);
      return [`${name}:${each}`, box.titleOf(name), label, toggled(ask, name, each)];
    });
  });
}

/** What was read from the words as more than words. */
function ofWords(box, ask, answer) {
  return answer.understood.map(({ kind, words, instead, facet, value, label }, number) => {
    if (kind !== "filter") return [`words:${number}`, box.say(kind, { words }), label, { ...ask, q: instead, page: 1 }];
    const shown = answer.facets.find((each) => each.name === facet) ?? { name: facet, kind: "value" };
    const text = value.includes("..") && shown.kind !== "value" ? span(box, value) : labelOf(box, shown, { value, label });
    return [`words:${number}`, box.titleOf(facet), text, { ...ask, plain: [...ask.plain, facet], page: 1 }];
  });
}

function span(box, value) {
  const [low, high] = value.split("..");
  if (low && high) return `${low} – ${high}`;
  return low ? box.say("spanFrom", { low }) : box.say("spanTo", { high });
}

/** The name of what is browsed, where one value is all that is asked for: a category, a brand. */
export function onlyFilter(box, ask, answer) {
  const chosen = answer ? ofFilters(box, ask, answer) : [];
  return chosen.length === 1 && !chosen[0][0].includes("..") ? chosen[0][2] : "";
}

/** What chips say of a filter in one line. */
export function filterLabels(box, ask, answer, facets) {
  const named = [...ofFilters(box, ask, answer), ...ofWords(box, ask, answer).filter(([, title]) => title)];
  const titles = facets.map((name) => box.titleOf(name));
  return named.filter(([, title]) => titles.includes(title)).map(([, title, label]) => `${title}: ${label}`).join(", ");
}
