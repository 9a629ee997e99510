// Search as you type, facets and pages by fetch alone. The address of this page says what is shown, so it can be shared.

const main = document.querySelector("main");
const { search, key } = main.dataset;
const [form, status, filters, hits] = ["form", "[role=status]", "aside", ".hits"].map((each) => main.querySelector(each));
const buttons = [...main.querySelectorAll("nav button")];
// Facets to show, and milliseconds without a further letter before the shop is asked.
const FACETS = ["category", "brand"];
const PAUSE = 150;

let asked = new URLSearchParams(location.search);
let running = new AbortController();
let waiting;

// One page of an answer; the request before it is given up, as nobody waits for it any more.
async function ask() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const parameters = new URLSearchParams(asked);
  parameters.set("facets", FACETS);
  parameters.set("per_page", 12);
  // In the address, not in a header: a browser would first have to ask another origin whether it may send that.
  if (key) parameters.set("key", key);
  try {
    const response = await fetch(`${search}/v1/search?${parameters}`, { signal });
    const answer = await response.json();
    if (response.ok) return show(answer);
    // 503 busy, 429: the shop says when to ask again. Everything else is said in `detail`, and `code` tells them apart.
    const later = Number(response.headers.get("Retry-After"));
    status.textContent = later ? "Very many are searching just now; asking again …" : answer.detail;
    clearTimeout(waiting);
    if (later) waiting = setTimeout(ask, later * 1000);
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = "The shop can't be reached.";
  }
}

function show(answer) {
  status.textContent = `${answer.relation === "gte" ? "More than " : ""}${answer.total} products`;
  hits.replaceChildren(...answer.hits.map(({ card }) => {
    const picture = card.picture && element("img", { src: new URL(card.picture.url, search), alt: card.picture.alt });
    const link = element("a", { href: new URL(card.url, search), textContent: card.title });
    return element("li", {}, picture, link);
  }));
  filters.replaceChildren(...answer.facets.filter(({ values }) => values.length).map(({ name, values }) =>
    element("fieldset", {}, element("legend", { textContent: name }), ...values.map(({ value, label, count, chosen }) =>
      element("label", {},
        element("input", { type: "checkbox", name: `filter.${name}`, value, checked: chosen }),
        ` ${label} (${count})`)))));
  for (const button of buttons) {
    const page = answer.page + Number(button.value);
    button.hidden = page < 1 || page > answer.pages;
  }
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(Boolean));
  return made;
}

// What is asked from now on: the address follows, and Back leads to what was asked before.
function change(parameters, { page = 1, replace = false } = {}) {
  asked = parameters;
  page > 1 ? asked.set("page", page) : asked.delete("page");
  history[replace ? "replaceState" : "pushState"](null, "", asked.size ? `?${asked}` : location.pathname);
  return ask();
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const parameters = new URLSearchParams(asked);
    form.q.value ? parameters.set("q", form.q.value) : parameters.delete("q");
    change(parameters, { replace: true });
  }, PAUSE);
});
filters.addEventListener("change", ({ target }) => {
  const parameters = new URLSearchParams(asked);
  target.checked ? parameters.append(target.name, target.value) : parameters.delete(target.name, target.value);
  change(parameters);
});
for (const button of buttons) {
  button.addEventListener("click", () =>
    change(new URLSearchParams(asked), { page: Number(asked.get("page") ?? 1) + Number(button.value) }));
}
addEventListener("popstate", () => {
  asked = new URLSearchParams(location.search);
  form.q.value = asked.get("q") ?? "";
  ask();
});

form.q.value = asked.get("q") ?? "";
ask();
