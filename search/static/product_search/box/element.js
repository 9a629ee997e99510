// <product-search>: a field that suggests, searches by words and pictures, and shows what it found, on any page.
// docs/box.md says how to use it.

import { Addresses, asking } from "./address.js";
import { Field } from "./field.js";
import { el } from "./dom.js";
import { en, speaker, textsOf } from "./messages.js";
import { keep, kept, shrink } from "./pictures.js";
import { remember } from "./recent.js";
import { Results } from "./results.js";
import { sheet } from "./style.js";
import { createClient } from "../client.js";

/** Answers that Back finds again without asking, and for how many milliseconds. */
const KEPT = 20;
const FRESH = 300_000;
/** Seconds that a busy shop is waited for. */
const LONGEST_WAIT = 30;
const DOWN = new Set(["offline", "unexpected_answer"]);

/**
 * The search box. Attributes: `endpoint`, `key`, `language`, `currency`, `channel`, `paging`, `per-page`, `history`,
 * `results`, `facets`, `sorts`, `filters`, `path-facet`, `heading`, `placeholder`, `without`, `picture`, `csrf`.
 * Properties: `messages` (texts of its own), `client`, `asked`, `answer`, `heading`.
 * Events: `product-search:answer` (`detail` is the answer), `product-search:choose` (`detail` is `{hit, position}`).
 */
export class ProductSearch extends HTMLElement {
  #stop = null;
  #running = null;
  #answers = new Map();
  #urls = new Map();
  #originals = new Map();
  #results = null;
  #field = null;
  #given = "";
  #patient = null;
  /** Titles of products that were asked for, by id. */
  titles = new Map();
  /** Texts that take the place of the box's own. */
  messages = {};
  asked = asking();
  answer = null;
  /** What is shown, in words. */
  heading = "";
  say = speaker(en, "en");

  static observedAttributes = ["endpoint", "key", "language", "currency", "channel"];

  /** Whom to ask, or in what words, has changed: the box begins anew with what is asked. */
  attributeChangedCallback() {
    if (!this.client) return;
    this.disconnectedCallback();
    this.#answers.clear();
    this.connectedCallback();
  }

  async connectedCallback() {
    const stop = (this.#stop = new AbortController());
    this.language = this.getAttribute("language") || this.closest("[lang]")?.lang || "en";
    this.say = speaker({ ...(await textsOf(this.language)), ...this.messages }, this.language);
    if (stop.signal.aborted) return;
    this.client = this.#client();
    this.addresses = this.#places();
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.status = el("p", { class: "hidden", role: "status" });
    this.told = el("p", { class: "told", hidden: true });
    root.replaceChildren();
    const here = new URL(location.href);
    const shown = this.addresses.covers(here) ? this.addresses.read(here) : null;
    this.asked = shown ?? asking();
    this.#field = new Field(this, root);
    this.#field.listen(stop.signal);
    root.append(this.told, this.status);
    await this.#begin(root, shown);
  }

  disconnectedCallback() {
    this.#stop?.abort();
    this.#running?.abort();
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }

  get infinite() {
    return this.getAttribute("paging") === "infinite";
  }

  get sorts() {
    return list(this.getAttribute("sorts"));
  }

  /** Whether the shopper is in the field. */
  get typing() {
    return this.#field.focused;
  }

  /** The level of the heading above the results. */
  get level() {
    return Math.min(5, Math.max(1, Number(this.getAttribute("heading")) || 2));
  }

  /** A heading within the results. */
  subheading(props, text) {
    return el(`h${this.level + 1}`, { class: "sub", ...props }, text);
  }

  /** Whether the page wants no `part`: `pictures`, `camera`, `similar`. */
  without(part) {
    return list(this.getAttribute("without")).includes(part);
  }

  /** Search for words; a picture that is there stays, filters go. */
  search(q) {
    remember(q);
    return this.ask({ q, picture: this.asked.picture, sort: this.asked.sort }, { top: true });
  }

  /** Search with a picture, or a part of it. */
  async searchPicture(file, part) {
    let small;
    try {
      small = await shrink(file, part);
    } catch {
      return this.announce(this.say("unreadable"), { seen: true });
    }
    const picture = await keep(small);
    this.#originals.set(picture, file);
    this.announce(this.say("pictureChosen"));
    return this.ask({ q: this.#field.words, picture }, { top: true }); // also words that wait to be sent
  }

  /** Search for what looks like a hit. */
  like(hit) {
    const id = String(hit.id);
    this.titles.set(id, hit.card.title);
    return this.ask({ like: [id] }, { top: true });
  }

  /**
   * Ask for something else, with an address of its own.
   * @param {Partial<import("./address.js").Ask>} changes to asking for everything
   */
  async ask(changes, { top = false } = {}) {
    const ask = asking(changes);
    const address = this.addresses.write(ask);
    if (!this.#results) return location.assign(address);
    if (this.getAttribute("history") !== "off" && address.href !== location.href) {
      history.replaceState({ ...history.state, scrolled: scrollY }, "");
      history.pushState({}, "", address);
    }
    await this.#show(ask, { focus: top });
    if (top && this.#results.place.getBoundingClientRect().top < 0) this.#results.place.scrollIntoView();
  }

  /** One page more of what is shown. */
  async showMore(ask, answers) {
    const next = { ...ask, page: answers.at(-1).page + 1 };
    try {
      const more = await this.#fetch(next, ""); // the first answer's facets stay
      if (this.asked !== ask) return;
      const all = [...answers, more];
      this.#remember(ask, all);
      if (this.getAttribute("history") !== "off") history.replaceState(history.state, "", this.addresses.write(next));
      this.#remember(next, all);
      this.#results.add(ask, all);
    } catch (error) {
      if (error.name !== "AbortError") this.#failed(ask, error);
    }
  }

  redraw() {
    this.#results?.redraw();
  }

  /** Values of a facet, of which the shop has more than an answer tells, by their names. */
  async valuesNamed(name, ask, words) {
    const { page, sort, ...asked } = parametersOf(ask);
    return (await this.client.facetValues(name, { ...asked, matching: words, limit: 50 })).values;
  }

  /** A hit was opened: the page may have its own way, and the shop is told. */
  opened(event, hit, searchId, position) {
    if (event.type === "auxclick" && event.button !== 1) return;
    const detail = { hit, position };
    if (!this.dispatchEvent(new CustomEvent("product-search:choose", { detail, bubbles: true, cancelable: true }))) {
      return event.preventDefault();
    }
    if (!searchId) return;
    const told = { kind: "click", product: String(hit.id), search_id: searchId, ...(position ? { position } : {}) };
    this.client.sendEvents([told])?.catch?.(() => {});
  }

  /** Say aloud; where it is to be `seen` too, below the field. */
  announce(text, { seen = false } = {}) {
    this.told.hidden = !seen;
    this.told.textContent = seen ? text : "";
    // The same text twice in a row is announced only if it was gone in between.
    this.status.textContent = "";
    setTimeout(() => (this.status.textContent = text), 50);
  }

  /** The address of what is asked, for a link. */
  hrefOf(what) {
    if (what.forget) return "#";
    const { q = "", facet, value, ...others } = what;
    return this.addresses.write(asking(facet ? { filters: { [facet]: [value] } } : { ...others, q })).href;
  }

  /** What people call a facet. */
  titleOf(facet) {
    const words = facet.replaceAll("_", " ");
    return this.say(`facet.${facet}`) || words.charAt(0).toUpperCase() + words.slice(1);
  }

  /** An amount as the language writes it. */
  money(amount, currency) {
    const options = currency ? { style: "currency", currency } : { minimumFractionDigits: 2 };
    return new Intl.NumberFormat(this.language, options).format(Number(amount));
  }

  /** Where the picture of that name can be shown from; "" where this tab does not have it. */
  pictureUrl(name) {
    const picture = name && kept(name);
    if (!picture) return "";
    if (!this.#urls.has(name)) this.#urls.set(name, URL.createObjectURL(picture));
    return this.#urls.get(name);
  }

  /** The file that a picture was made from, as long as this page is open. */
  original(name) {
    return this.#originals.get(name);
  }

  #client() {
    const attribute = (name) => this.getAttribute(name) || undefined;
    const at = new URL(this.getAttribute("endpoint") ?? "/search/", location.href);
    const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
    return createClient({
      url: at.href.replace(/\/$/, ""),
      key: attribute("key"), language: attribute("language"), currency: attribute("currency"),
      channel: attribute("channel"), csrf: attribute("csrf") ?? (at.origin === location.origin ? token : undefined),
    });
  }

  #places() {
    const results = this.getAttribute("results") ?? "inline";
    const elsewhere = !["inline", ""].includes(results) && !results.startsWith("#");
    const base = elsewhere ? results : (this.getAttribute("address") ?? location.pathname);
    return new Addresses({ base, facets: list(this.getAttribute("filters")), inPath: this.getAttribute("path-facet") ?? "" });
  }

  async #begin(root, shown) {
    const results = this.getAttribute("results") ?? "inline";
    const given = this.getAttribute("picture");
    // What the server has answered itself stands until something else is asked for.
    const ours = shown?.picture || ["like", "unlike", "more", "less"].some((name) => shown?.[name].length);
    if (given) await this.#take(given);
    if (results !== "inline" && !results.startsWith("#")) return;
    const place = results === "inline" ? null : document.querySelector(results);
    const { signal } = this.#stop;
    const shadow = place ? (place.shadowRoot ?? place.attachShadow({ mode: "open" })) : root;
    const fallback = place !== null && place.childElementCount > 0 && !this.#results;
    this.#results = new Results(this, shadow, { fallback });
    window.addEventListener("popstate", () => this.#moved(), { signal });
    window.addEventListener("online", () => this.failed && this.#show(this.asked), { signal });
    place?.addEventListener("click", (event) => this.#followed(event), { signal });
    if (!fallback || ours) await this.#show(this.asked);
  }

  /** The picture that the page was answered with. */
  async #take(address) {
    try {
      const response = await fetch(address);
      if (!response.ok) return;
      this.#given = await keep(await shrink(await response.blob()));
      this.asked.picture = this.#given;
      this.#field.update(this.asked);
    } catch {
      // It has expired; the words are still there.
    }
  }

  /** A link of the page's own results, followed in place. */
  #followed(event) {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented) return;
    const ask = this.#read(new URL(link.href));
    if (!ask) return;
    event.preventDefault();
    this.ask(ask, { top: true });
  }

  /** What an address asks for; null where that is another page's, or needs a picture that only the server has. */
  #read(url) {
    if (!this.addresses.covers(url)) return null;
    const ask = this.addresses.read(url);
    if (!url.searchParams.has("picture")) return ask;
    return this.#given ? { ...ask, picture: this.#given } : null;
  }

  #moved() {
    const ask = this.#read(new URL(location.href));
    if (!ask) return location.reload();
    const { scrolled } = history.state ?? {};
    this.#show(ask).then(() => scrolled !== undefined && scrollTo(0, scrolled));
  }

  async #show(ask, { focus = false } = {}) {
    this.asked = ask;
    this.failed = false;
    this.#field.update(ask);
    const gone = ask.picture && !kept(ask.picture);
    if (gone) ask.picture = "";
    const answered = (answers) => {
      this.#answered(ask, answers, focus);
      if (gone) this.announce(this.say("pictureGone"), { seen: true }); // after the number of results, which it stands above
    };
    const before = this.#answers.get(this.addresses.write(ask).href);
    if (before && performance.now() - before.at < FRESH) {
      this.#running?.abort();
      return answered(before.answers);
    }
    this.#results.busy(ask);
    try {
      const answer = await this.#fetch(ask);
      if (answer.redirect && new URL(answer.redirect, location.href).href !== location.href) {
        return location.assign(answer.redirect);
      }
      if (answer.total && ask.page > answer.pages) return this.#show({ ...ask, page: answer.pages }, { focus });
      this.#remember(ask, [answer]);
      answered([answer]);
    } catch (error) {
      if (error.name !== "AbortError") this.#failed(ask, error);
    }
  }

  #fetch(ask, facets = this.getAttribute("facets")) {
    this.#running?.abort();
    this.#running = new AbortController();
    const { picture } = ask;
    const parameters = {
      ...parametersOf(ask),
      per_page: Number(this.getAttribute("per-page")) || 24,
      highlight: true,
      ...(facets === null ? {} : { facets: list(facets) }),
      ...(picture ? { picture: kept(picture) } : {}),
    };
    return this.client.search(parameters, { signal: this.#running.signal });
  }

  #remember(ask, answers) {
    const key = this.addresses.write(ask).href;
    this.#answers.delete(key);
    this.#answers.set(key, { answers, at: performance.now() });
    if (this.#answers.size > KEPT) this.#answers.delete(this.#answers.keys().next().value);
  }

  #answered(ask, answers, focus) {
    [this.answer] = answers;
    this.#results.show(ask, answers, { focus });
    this.dispatchEvent(new CustomEvent("product-search:answer", { detail: this.answer, bubbles: true }));
    const words = this.answer.corrected || ask.q;
    if (!words) return;
    const of = this.answer;
    this.client.related(words).then(({ queries }) => this.answer === of && this.#results.relate(queries), () => {});
  }

  #failed(ask, problem) {
    const { say } = this;
    const offline = problem.code === "offline";
    this.failed = DOWN.has(problem.code);
    const text = say(`problem.${problem.code}`) || (offline ? say("offlineHelp") : "");
    const title = say(offline ? "offline" : "failed");
    const again = problem.status === 400 ? null : () => this.#show(ask, { focus: true });
    this.#results.fail(ask, title, text || problem.detail || say("failedHelp"), again);
    // Who is asked to come again later does so, once.
    const { retryAfter } = problem;
    if (!retryAfter || retryAfter > LONGEST_WAIT || this.#patient === ask) return;
    this.#patient = ask;
    setTimeout(() => this.asked === ask && this.isConnected && this.#show(ask), 1000 * retryAfter);
  }
}

/** The parameters of what is asked, without its picture. */
function parametersOf({ spelling, personal, picture, ...asked }) {
  return {
    ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value && value.length !== 0)),
    ...(spelling ? {} : { spelling: "off" }),
    ...(personal ? {} : { personal: "off" }),
  };
}

function list(text) {
  return (text ?? "").split(/[\s,]+/).filter(Boolean);
}

if (!customElements.get("product-search")) customElements.define("product-search", ProductSearch);
