// One hit: by the page's own template where it has one, or else what is there of title, picture, brand, price and rating.

import { el, icon } from "./dom.js";

/** The picture of a card that matched best, or its first; a quiet ground where it has none. */
export function pictureIn(card, matched = null, props = {}) {
  const found = (card.pictures ?? []).find((each) => String(each.id) === matched) ?? card.picture;
  const picture = typeof found === "string" ? { url: found } : found;
  if (!picture?.url) return el("span", { ...props, class: `${props.class ?? ""} nothing` }, icon("empty"));
  const { url: src, width = 400, height = 400 } = picture;
  return el("img", { src, width: width || 400, height: height || 400, alt: "", decoding: "async", ...props });
}

/** What it costs, and what it cost before; nothing where nothing is known. */
export function priceOf(box, card) {
  const { price, list_price: list, currency } = card;
  if (price === null || price === undefined || price === "") return null;
  const less = list !== null && list !== undefined && Number(list) > Number(price);
  if (!less) return el("span", { class: "price", part: "price" }, box.money(price, currency));
  const hidden = (key) => el("span", { class: "hidden" }, `${box.say(key)} `);
  return el("span", { class: "price", part: "price" },
    el("span", { class: "now" }, hidden("now"), box.money(price, currency)), " ",
    el("s", { class: "before" }, hidden("before"), box.money(list, currency)));
}

/** A text with the places that matched marked; as it is where it is no longer the text that was searched. */
export function marked(text, places) {
  const letters = Array.from(text ?? "");
  const pieces = [];
  let at = 0;
  for (const { start, end, words } of places ?? []) {
    if (start < at || letters.slice(start, end).join("") !== words) continue;
    pieces.push(letters.slice(at, start).join(""), el("mark", {}, words));
    at = end;
  }
  return [...pieces, letters.slice(at).join("")];
}

/**
 * A hit as one sees it.
 * @param {object} hit of the answer
 * @param {{lazy: boolean, position: number, searchId: string}} place
 */
export function cardOf(box, hit, { lazy, position, searchId }) {
  const { card } = hit;
  const opened = (event) => box.opened(event, hit, searchId, position);
  const template = box.querySelector(":scope > template[data-card]");
  const made = template ? filled(template, hit) : plain(box, hit, lazy);
  made.addEventListener("click", opened);
  made.addEventListener("auxclick", opened);
  const similar = el("button", {
    type: "button", class: "similar", part: "similar", "data-key": `similar:${hit.id}`,
    title: box.say("similarShort"), onclick: () => box.like(hit),
  }, icon("alike"), el("span", { class: "hidden" }, box.say("similar", { title: card.title ?? hit.id })));
  return el("article", { class: "card", part: "card" }, made, box.without("similar") ? null : similar);
}

function plain(box, hit, lazy) {
  const { card, highlights = [] } = hit;
  const of = (field) => highlights.filter((place) => place.field === field);
  const sold = card.available === false;
  const off = Number(card.list_price) > Number(card.price) ? Math.round(100 - (100 * card.price) / card.list_price) : 0;
  const props = { part: "picture-image", ...(lazy ? { loading: "lazy" } : {}) };
  return el("div", { class: "plain" },
    el("a", { class: "link", part: "link", href: card.url ?? "#", "data-key": `hit:${hit.id}` },
      el("span", { class: "picture", part: "picture" }, pictureIn(card, hit.picture, props)),
      el("span", { class: "title", part: "title" }, el("bdi", {}, marked(card.title ?? String(hit.id), of("title"))))),
    card.brand ? el("p", { class: "quiet", part: "brand" }, el("bdi", {}, marked(card.brand, of("brand_name")))) : null,
    card.price ? el("p", {}, priceOf(box, card)) : null,
    card.rating ? el("p", { class: "quiet rating", part: "rating" }, el("span", { "aria-hidden": "true" }, `★ ${card.rating}`),
      el("span", { class: "hidden" }, box.say("rated", { rating: card.rating }))) : null,
    hit.second === null || hit.second === undefined ? null
      : el("p", { class: "quiet" }, box.say("second", { second: Math.round(hit.second) })),
    sold || off ? el("p", { class: "badges" },
      off ? el("span", { class: "badge sale", part: "badge" }, el("span", { class: "hidden" }, `${box.say("reduced")}: `), el("bdi", {}, `−${off} %`)) : null,
      sold ? el("span", { class: "badge", part: "badge" }, box.say("soldOut")) : null) : null);
}

/** A copy of the page's template: `data-text="title"` and the like take what the dotted path finds in the card. */
function filled(template, hit) {
  const copy = el("div", { class: "own" }, template.content.cloneNode(true));
  const value = (path) => path.split(".").reduce((from, name) => from?.[name], { ...hit.card, hit });
  for (const each of copy.querySelectorAll("[data-if]")) if (!value(each.dataset.if)) each.remove();
  for (const each of copy.querySelectorAll("[data-text]")) each.textContent = value(each.dataset.text) ?? "";
  for (const name of ["href", "src", "alt", "title"]) {
    for (const each of copy.querySelectorAll(`[data-${name}]`)) each.setAttribute(name, value(each.dataset[name]) ?? "");
  }
  return copy;
}
