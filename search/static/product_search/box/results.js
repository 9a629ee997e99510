// What was found, in a shadow root: the box's own, or that of an element of the page, whose content was shown until now.

import { cardOf } from "./card.js";
import { el, icon, keepingFocus } from "./dom.js";
import { chips, filterLabels, onlyFilter, panels } from "./facets.js";
import { sheet } from "./style.js";

/** So deep a search can be paged through. */
const DEEPEST = 1000;
const SKELETONS = 8;

export class Results {
  #folds = new Set();
  #open = false;
  #shown = null;
  #watch = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && this.#shown?.more?.());

  /** Draws into `root`; `fallback` is what the page shows there itself, until the first drawing. */
  constructor(box, root, { fallback }) {
    Object.assign(this, { box, root });
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    this.place = el("div", { class: "results", part: "results" }, fallback ? el("slot") : null);
    root.querySelector(".results")?.remove(); // of a box that has begun anew
    root.append(this.place);
  }

  /** Something is asked for: what stands there is dimmed, or else drawn in outline. */
  busy(ask) {
    this.place.setAttribute("aria-busy", "true");
    if (this.#shown || this.place.querySelector("slot")) return;
    const outline = () => el("li", { class: "card skeleton" }, el("span", { class: "picture" }), el("span", { class: "bone" }), el("span", { class: "bone short" }));
    const bones = el("ol", { class: "hits", "aria-hidden": "true" }, Array.from({ length: SKELETONS }, outline));
    const columns = el("div", { class: "columns" }, el("div", { class: "side" }), el("div", { class: "main" }, bones));
    this.#draw([this.#head(ask, this.box.say("loading")), columns], false);
  }

  /** The answers of one or several pages that follow one another. `focus` goes to the heading where it was asked for, unless the
   * shopper types already what comes next. */
  show(ask, answers, { focus = false } = {}) {
    const { box } = this;
    const answer = answers[0];
    this.#shown = { ask, answers, more: null };
    const count = answer.relation === "gte" ? box.say("atLeast", { count: answer.total }) : box.say("count", { count: answer.total });
    const hits = answers.flatMap((each) => this.#hits(each));
    const found = chips(box, ask, answer);
    const sides = panels(box, ask, answer, this.#folds);
    const side = el("aside", { class: "side", part: "facets", "aria-label": box.say("filters") }, sides.length ? this.#filters(sides, ask) : null);
    this.#draw([
      this.#head(ask, count, answer),
      ...this.#said(ask, answer),
      el("div", { class: "columns" }, sides.length ? side : null,
        el("div", { class: "main" },
          el("div", { class: "bar" }, found, hits.length ? this.#sort(ask) : null),
          hits.length ? [this.#before(ask, answers), el("ol", { class: "hits", part: "hits" }, hits), this.#after(ask, answers)] : this.#nothing(ask, answer),
          this.#near(answer),
          el("div", { class: "related" }))),
    ], focus);
    box.announce(count);
  }

  /** A further page under those that are shown. */
  add(ask, answers) {
    const list = this.place.querySelector(".hits");
    const answer = answers.at(-1);
    this.#shown = { ask, answers, more: null };
    this.place.removeAttribute("aria-busy");
    const added = this.#hits(answer);
    const focused = this.root.activeElement?.closest(".after");
    list.append(...added);
    this.place.querySelector(".after")?.replaceWith(this.#after(ask, answers) ?? "");
    if (focused) added[0]?.querySelector("a")?.focus({ preventScroll: true });
    this.box.announce(this.box.say("count", { count: list.children.length }));
  }

  /** What others searched for beside these words. */
  relate(queries) {
    const { box } = this;
    const place = this.place.querySelector(".related");
    if (!place || !queries.length) return;
    const link = (q) => this.#link({ q }, q, { class: "chip", part: "chip" });
    place.append(el("nav", { "aria-label": box.say("related") }, box.subheading({}, box.say("related")),
      el("ul", { class: "chips" }, queries.map((q) => el("li", {}, link(q))))));
  }

  /** The search failed: `text` says why; `again` is tried by a button, or there is no sense in that. */
  fail(ask, title, text, again) {
    const { box } = this;
    this.#shown = null;
    const retry = again
      ? el("button", { type: "button", class: "button", "data-key": "retry", onclick: again }, box.say("retry"))
      : this.#link({}, box.say("all"), { class: "button" });
    this.#draw([el("section", { class: "state", part: "error", role: "alert" }, this.#heading(title), el("p", {}, text), el("p", {}, retry))], true);
  }

  /** The same drawn again, after something was unfolded. */
  redraw() {
    if (this.#shown) this.show(this.#shown.ask, this.#shown.answers);
  }

  #draw(children, focus) {
    this.place.removeAttribute("aria-busy");
    this.#watch.disconnect();
    const heading = () => this.root.querySelector("#found");
    keepingFocus(this.root, () => this.place.replaceChildren(...children.filter(Boolean)), heading);
    if (focus && !this.box.typing) heading()?.focus({ preventScroll: true });
    const end = this.box.infinite && this.place.querySelector(".after");
    if (end) this.#watch.observe(end);
  }

  #heading(text) {
    return el(`h${this.box.level}`, { id: "found", class: "heading", part: "heading", tabindex: -1 }, text);
  }

  #head(ask, count, answer = null) {
    const { box } = this;
    const browsing = () => onlyFilter(box, ask, answer) || box.say("all");
    const words = ask.q
      ? box.say("resultsFor", { q: ask.q })
      : ask.picture ? box.say("resultsForPicture") : ask.like.length ? box.say("resultsLike") : browsing();
    const picture = box.pictureUrl(ask.picture);
    box.heading = words;
    return el("div", { class: "head", part: "head" },
      picture ? el("img", { class: "asked", src: picture, alt: box.say("yourPicture"), width: 88, height: 88 }) : null,
      el("div", { class: "grow" }, this.#heading(words), el("p", { class: "quiet", part: "count" }, count)));
  }

  /** What the shopper should know before looking at the hits. */
  #said(ask, answer) {
    const { box } = this;
    const notice = (...children) => el("p", { class: "notice", part: "notice" }, ...children);
    const codes = answer.notices.map((each) => each.split(":")[0]);
    const texts = codes.map((code) => box.say(`notice.${code}`)).filter(Boolean);
    const { corrected } = answer;
    return [
      ask.like.length || ask.picture ? this.#but(ask) : null,
      corrected ? notice(box.say("corrected", { corrected }), " ", this.#link({ ...ask, spelling: false, page: 1 }, box.say("asWritten", { q: ask.q }))) : null,
      codes.includes("personal") ? notice(box.say("personal"), " ", this.#link({ ...ask, personal: false, page: 1 }, box.say("forAll"))) : null,
      ...texts.map((text) => notice(text)),
      ...answer.banners.map(({ text, url, image }) => {
        const inside = [image ? el("img", { src: image, alt: text ? "" : url }) : null, text];
        return el("p", { class: "banner", part: "banner" }, url ? el("a", { href: url }, inside) : inside);
      }),
    ];
  }

  /** "Like this, but …": more of something, or less. */
  #but(ask) {
    const { box } = this;
    const send = (event) => {
      event.preventDefault();
      const words = new FormData(event.target).get("words").trim();
      const name = event.submitter?.value === "less" ? "less" : "more";
      if (words && !ask[name].includes(words)) box.ask({ ...ask, [name]: [...ask[name], words], page: 1 });
    };
    const button = (name, text) => el("button", { class: "button", name: "way", value: name, "data-key": `but:${name}` }, text);
    return el("form", { class: "but", part: "but", onsubmit: send },
      el("label", { for: "but" }, box.say("but")),
      el("input", { id: "but", name: "words", maxlength: 200, autocomplete: "off", placeholder: box.say("butPlaceholder"), "data-key": "but" }),
      button("more", box.say("butMore")), button("less", box.say("butLess")));
  }

  #filters(sides, ask) {
    const { box } = this;
    const chosen = Object.values(ask.filters).flat().length;
    const turn = (event) => {
      this.#open = !this.#open;
      event.currentTarget.setAttribute("aria-expanded", String(this.#open));
      this.place.querySelector(".panels").classList.toggle("open", this.#open);
    };
    return [
      el("button", { type: "button", class: "fold button", "data-key": "filters", "aria-expanded": String(this.#open), onclick: turn },
        box.say("filters"), chosen ? el("span", { class: "number" }, String(chosen)) : null),
      el("div", { class: this.#open ? "panels open" : "panels" }, sides),
    ];
  }

  #sort(ask) {
    const { box } = this;
    if (!box.sorts.length) return null;
    const choose = (event) => box.ask({ ...ask, sort: event.target.value, page: 1 });
    return el("label", { class: "sort" }, el("span", { class: "quiet" }, box.say("sortBy")),
      el("select", { "data-key": "sort", part: "sort", onchange: choose }, ["", ...box.sorts].map((sort) =>
        el("option", { value: sort, selected: sort === ask.sort }, box.say(`sort.${sort}`) || sort))));
  }

  #hits(answer) {
    const first = (answer.page - 1) * answer.per_page;
    return answer.hits.map((hit, number) =>
      el("li", {}, cardOf(this.box, hit, { lazy: number > 7, position: first + number + 1, searchId: answer.search_id })));
  }

  #before(ask, answers) {
    const { page } = answers[0];
    if (!this.box.infinite || page < 2) return null;
    return el("p", { class: "after" }, this.#link({ ...ask, page: page - 1 }, this.box.say("showBefore"), { class: "button" }));
  }

  /** Pages to turn, or the button that shows more, which is also pressed by whoever comes near it. */
  #after(ask, answers) {
    const { box } = this;
    const { page, pages, per_page: size } = answers.at(-1);
    const last = Math.min(pages, Math.floor(DEEPEST / size));
    if (!box.infinite) return last > 1 ? this.#pages(ask, page, last) : null;
    if (page >= last) return null;
    const more = () => {
      this.#shown.more = null;
      box.showMore(ask, answers);
    };
    this.#shown.more = more;
    return el("p", { class: "after" }, el("button", { type: "button", class: "button", "data-key": "more", onclick: more }, box.say("showMore")));
  }

  #pages(ask, page, last) {
    const { box } = this;
    const to = (number, text, props = {}) => this.#link({ ...ask, page: number }, text, { "data-key": `page:${number}`, ...props });
    const near = [1, page - 1, page, page + 1, last].filter((each) => each >= 1 && each <= last);
    const numbers = [...new Set(near)].sort((one, other) => one - other);
    const gaps = numbers.flatMap((number, at) => (at && number - numbers[at - 1] > 1 ? [0, number] : [number]));
    const label = (number) => [el("span", { class: "hidden" }, box.say("page", { page: "" })), String(number)];
    return el("nav", { class: "pages", part: "pages", "aria-label": box.say("pages") },
      page > 1 ? to(page - 1, box.say("previous"), { rel: "prev", "data-key": "previous" }) : null,
      el("ol", {}, gaps.map((number) => el("li", {}, number
        ? to(number, label(number), number === page ? { "aria-current": "page" } : {})
        : el("span", { "aria-hidden": "true" }, "…")))),
      page < last ? to(page + 1, box.say("next"), { rel: "next", "data-key": "next" }) : null);
  }

  /** A way out for whoever finds nothing. */
  #nothing(ask, answer) {
    const { box } = this;
    const way = ({ facets, q, plain, total }) => {
      const filters = Object.fromEntries(Object.entries(ask.filters).filter(([name]) => !facets.includes(name)));
      const filter = filterLabels(box, ask, answer, facets) || facets.map((name) => box.titleOf(name)).join(", ");
      const text = facets.length > 1 ? box.say("withoutAny") : box.say("without", { filter });
      return el("li", {}, this.#link({ ...ask, q, plain, filters, page: 1 }, text), " ", el("span", { class: "quiet" }, box.say("count", { count: total })));
    };
    const tips = el("ul", { class: "tips" }, el("li", {}, box.say("tipFewer")), el("li", {}, box.say("tipPicture")));
    return el("section", { class: "state", part: "empty", "aria-labelledby": "nothing" }, icon("empty"),
      box.subheading({ id: "nothing" }, box.say("nothing")),
      answer.relaxations.length ? [el("p", {}, box.say("closeTo")), el("ul", { class: "ways" }, answer.relaxations.map(way))] : tips,
      el("p", {}, this.#link({}, box.say("all"), { class: "button" })));
  }

  #near(answer) {
    const { box } = this;
    if (!answer.near.length) return null;
    const cards = answer.near.map((hit) => el("li", {}, cardOf(box, hit, { lazy: true, position: 0, searchId: answer.search_id })));
    return el("section", { class: "near", "aria-labelledby": "near" }, box.subheading({ id: "near" }, box.say("near")),
      el("p", { class: "quiet" }, box.say("nearHelp")), el("ol", { class: "hits" }, cards));
  }

  /** A link that can be opened beside this page, and is followed in place. */
  #link(what, text, props = {}) {
    const { box } = this;
    const follow = (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      box.ask(what, { top: true });
    };
    return el("a", { href: box.hrefOf(what), onclick: follow, ...props }, text);
  }
}
