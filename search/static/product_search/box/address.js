// What is asked, as an address says it: read from one, written to one. A picture stays in this browser, so its name
// stands in the fragment, which is never sent.

/**
 * @typedef {object} Ask What a shopper asks for.
 * @property {string} q
 * @property {Record<string, string[]>} filters
 * @property {string} sort "" is relevance
 * @property {number} page
 * @property {boolean} spelling false: the words as they are written
 * @property {boolean} personal false: the order that everybody gets
 * @property {string[]} plain facets that words may not set
 * @property {string[]} like ids of products
 * @property {string[]} unlike
 * @property {string[]} more words
 * @property {string[]} less
 * @property {string} picture its name among `pictures.js`, or ""
 */

const LISTS = ["like", "unlike", "more", "less", "plain"];

/** @returns {Ask} everything, in the shop's own order, with `changes` */
export function asking(changes = {}) {
  const lists = Object.fromEntries(LISTS.map((name) => [name, []]));
  return { q: "", filters: {}, sort: "", page: 1, spelling: true, personal: true, ...lists, picture: "", ...changes };
}

/** Addresses under `base`; `facets` are those whose parameters have no `filter.` before them, `inPath` the one whose
 * only value is a part of the path. */
export class Addresses {
  constructor({ base, facets = [], inPath = "" }) {
    this.base = new URL(base, location.href);
    this.facets = new Set(facets);
    this.inPath = inPath;
  }

  /** Whether it is an address of results. */
  covers(url) {
    if (url.origin !== this.base.origin) return false;
    return url.pathname === this.base.pathname || (this.inPath !== "" && url.pathname.startsWith(this.base.pathname));
  }

  /** @returns {Ask} */
  read(url) {
    const ask = asking();
    const rest = decodeURIComponent(url.pathname.slice(this.base.pathname.length)).replace(/\/$/, "");
    if (this.inPath && rest) ask.filters[this.inPath] = [rest];
    for (const [name, value] of url.searchParams) {
      const facet = name.startsWith("filter.") ? name.slice(7) : this.facets.has(name) ? name : "";
      if (facet) ask.filters[facet] = [...new Set([...(ask.filters[facet] ?? []), value])];
      else if (LISTS.includes(name)) ask[name].push(value);
      else if (name === "q" || name === "sort") ask[name] = value.trim();
      else if (name === "page") ask.page = Math.max(1, Number.parseInt(value, 10) || 1);
      else if (name === "spelling" || name === "personal") ask[name] = value !== "off";
    }
    if (ask.sort === "relevance") ask.sort = "";
    ask.picture = new URLSearchParams(url.hash.slice(1)).get("picture") ?? "";
    return ask;
  }

  /** The one address of `ask`; without its picture where somebody else is to open it. */
  write(ask, { shared = false } = {}) {
    const url = new URL(this.base);
    const chosen = ask.filters[this.inPath];
    const inPath = this.inPath && chosen?.length === 1;
    if (inPath) url.pathname += `${chosen[0].split("/").map(encodeURIComponent).join("/")}/`;
    const pairs = url.searchParams;
    if (ask.q) pairs.append("q", ask.q);
    for (const name of LISTS.slice(0, 4)) for (const value of ask[name]) pairs.append(name, value);
    for (const [name, values] of Object.entries(ask.filters)) {
      if (inPath && name === this.inPath) continue;
      for (const value of values) pairs.append(this.facets.has(name) ? name : `filter.${name}`, value);
    }
    for (const name of ["spelling", "personal"]) if (!ask[name]) pairs.append(name, "off");
    for (const name of ask.plain) pairs.append("plain", name);
    if (ask.sort) pairs.append("sort", ask.sort);
    if (ask.page > 1) pairs.append("page", ask.page);
    url.hash = ask.picture && !shared ? `picture=${ask.picture}` : "";
    return url;
  }
}

/** `ask` with these values of a facet, from the first page; none removes it. */
export function filtered(ask, facet, values) {
  const { [facet]: _, ...filters } = ask.filters;
  return { ...ask, page: 1, filters: values.length ? { ...filters, [facet]: values } : filters };
}

/** With a value chosen, or let go of. In a tree it takes the place of those above and below it, beside which it would
 * mean nothing. */
export function toggled(ask, facet, value) {
  const chosen = ask.filters[facet] ?? [];
  if (chosen.includes(value)) return filtered(ask, facet, chosen.filter((other) => other !== value));
  const apart = chosen.filter((other) => !other.startsWith(`${value}/`) && !value.startsWith(`${other}/`));
  return filtered(ask, facet, [...apart, value]);
}
