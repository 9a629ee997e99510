// What one may mean while typing: an ARIA 1.2 combobox whose listbox holds groups of options. The focus stays in the
// field; the active option is named by aria-activedescendant.

import { el, icon } from "./dom.js";
import { forget, recent } from "./recent.js";
import { pictureIn, priceOf } from "./card.js";

/** Milliseconds without a further letter before the server is asked. */
const PAUSE = 120;
/** Options of each kind. */
const SHOWN = 5;

export class Combobox {
  #waiting = null;
  #running = null;
  #active = null;

  /** `choose(option)` is told `{q}`, `{facet, value}` or `{url}`. */
  constructor(box, input, list, choose) {
    Object.assign(this, { box, input, list, choose });
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => this.#pressed(event));
    input.addEventListener("blur", () => this.close());
    // With nothing typed, what was searched before is a click away.
    input.addEventListener("click", () => !input.value && !this.open && this.#ask());
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.#clicked(event));
  }

  get open() {
    return !this.list.hidden;
  }

  close() {
    clearTimeout(this.#waiting);
    this.#running?.abort();
    this.#activate(null);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }

  #typed() {
    clearTimeout(this.#waiting);
    this.#running?.abort();
    this.#waiting = setTimeout(() => this.#ask(), PAUSE);
  }

  /** Fetch options for what stands in the field and open them, with the first or the last of them active. */
  async #ask(active = null) {
    clearTimeout(this.#waiting);
    this.#running?.abort();
    const ours = (this.#running = new AbortController());
    const typed = this.input.value;
    let found = { queries: [], categories: [], products: [] };
    try {
      found = await this.box.client.suggest(typed, { limit: SHOWN, signal: ours.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      // Without an answer the field is a plain one, which still knows what was searched before.
    }
    if (ours.signal.aborted || this.input.getRootNode().activeElement !== this.input) return;
    const groups = this.#groups(typed, found);
    if (!groups.length) return this.close();
    this.#activate(null);
    this.list.replaceChildren(...groups);
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
    const options = this.#options();
    this.box.announce(this.box.say("suggestions", { count: options.filter((each) => !each.dataset.forget).length }));
    if (active !== null) this.#activate(options.at(active));
  }

  #groups(typed, { queries, categories, products }) {
    const { say } = this.box;
    const words = typed.trim().toLowerCase();
    const before = recent().filter((each) => each.toLowerCase().startsWith(words) && each.toLowerCase() !== words);
    const shown = before.slice(0, words ? 2 : SHOWN);
    const others = queries.filter((each) => !shown.some((one) => one.toLowerCase() === each.toLowerCase()));
    const past = shown.map((q) => this.#option({ q, recent: true }, icon("recent"), grown(q, typed)));
    if (past.length && !words) past.push(this.#option({ forget: true }, icon("close"), say("forget")));
    return [
      group("recent", say("recent"), past),
      group("queries", say("queries"), others.map((q) => this.#option({ q }, icon("search"), grown(q, typed)))),
      group("categories", say("categories"), categories.map((each) => this.#category(each))),
      group("products", say("products"), products.map((each) => this.#product(each))),
    ].filter(Boolean);
  }

  #category({ facet, value, label }) {
    return this.#option({ facet, value }, label, el("span", { class: "quiet" }, this.box.titleOf(facet)));
  }

  #product({ card }) {
    const shown = pictureIn(card, null, { class: "thumb" });
    return this.#option({ url: card.url, product: true }, shown, el("span", { class: "grow" }, el("bdi", {}, card.title)), priceOf(this.box, card));
  }

  #option(what, ...children) {
    const href = what.url ?? this.box.hrefOf(what);
    const made = el("a", { role: "option", "aria-selected": "false", tabindex: -1, href, class: "option", part: "option" }, children);
    made.what = what;
    if (what.forget) made.dataset.forget = "true";
    if (what.product) made.classList.add("product");
    return made;
  }

  #options() {
    const options = [...this.list.querySelectorAll("[role=option]")];
    options.forEach((each, number) => (each.id = `option-${number}`));
    return options;
  }

  #activate(option) {
    this.#active?.setAttribute("aria-selected", "false");
    this.#active = option ?? null;
    this.input.removeAttribute("aria-activedescendant");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      const up = key === "ArrowUp";
      if (!this.open) return this.#ask(up ? -1 : 0);
      const options = this.#options();
      const at = options.indexOf(this.#active);
      // Past either end comes the field itself, and then the other end.
      this.#activate(options[up ? (at < 0 ? options.length : at) - 1 : at + 1]);
    } else if (key === "Escape" && this.open) {
      event.preventDefault(); // closed first; the next one clears the field
      this.close();
    } else if (key === "Enter" && this.#active) {
      event.preventDefault();
      this.#take(this.#active.what);
    } else if (key === "Delete" && this.#active?.what.recent) {
      event.preventDefault();
      forget(this.#active.what.q);
      this.#ask();
    }
  }

  #clicked(event) {
    const option = event.target.closest("[role=option]");
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!option || !plain) return;
    event.preventDefault();
    this.#take(option.what);
  }

  #take(what) {
    this.close();
    if (!what.forget) return this.choose(what);
    forget();
    this.box.announce(this.box.say("forgotten"));
  }
}

function group(name, title, options) {
  if (!options.length) return null;
  const label = el("div", { id: `group-${name}`, class: "group", role: "presentation" }, title);
  return el("div", { role: "group", "aria-labelledby": label.id }, label, options);
}

/** Words with what is more than typed in bold. */
function grown(words, typed) {
  const begins = typed && words.toLowerCase().startsWith(typed.toLowerCase());
  return el("span", { class: "grow" }, begins ? [typed, el("b", {}, words.slice(typed.length))] : words);
}
