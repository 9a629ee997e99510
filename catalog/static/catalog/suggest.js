// Suggestions while one types: a combobox (ARIA 1.2) over options that the server renders, each a link of its own.
// Without this the search box is a plain field.

const BOX = "#search input[type=search]";
// Milliseconds without a further letter before the server is asked.
const PAUSE = 120;
let waiting = null;
let running = null;

const listOf = (input) => input.form.querySelector("[role=listbox]");
const optionsOf = (input) => [...listOf(input).querySelectorAll("[role=option]")];
const activeOf = (input) => document.getElementById(input.getAttribute("aria-activedescendant") ?? "");
const isOpen = (input) => input.getAttribute("aria-expanded") === "true";

function prepare(input) {
  if (input.getAttribute("role") === "combobox") return;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-haspopup", "listbox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", listOf(input).id);
}

function close(input) {
  clearTimeout(waiting);
  running?.abort();
  activate(input, null);
  listOf(input).hidden = true;
  input.setAttribute("aria-expanded", "false");
}

function activate(input, option) {
  activeOf(input)?.setAttribute("aria-selected", "false");
  input.removeAttribute("aria-activedescendant");
  if (!option) return;
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

// Fetch options for what stands in the box, and open them; with the first or the last of them active, if one is.
async function ask(input, active = null) {
  clearTimeout(waiting);
  running?.abort();
  const ours = (running = new AbortController());
  const typed = input.value;
  const address = `${input.form.dataset.suggestions}?${new URLSearchParams({ q: typed })}`;
  let page;
  try {
    const response = await fetch(address, { signal: ours.signal });
    page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
  } catch {
    return; // typed on, or the network failed: the box works as without suggestions
  }
  if (ours.signal.aborted || !input.isConnected || document.activeElement !== input) return;
  const fresh = page.getElementById("suggested");
  if (!fresh?.querySelector("[role=option]")) return close(input);
  activate(input, null);
  listOf(input).replaceChildren(document.adoptNode(fresh));
  listOf(input).hidden = false;
  listOf(input).scrollTop = 0;
  input.setAttribute("aria-expanded", "true");
  say(fresh.dataset.count);
  if (active !== null) activate(input, optionsOf(input).at(active));
}

function say(text) {
  const announcer = document.getElementById("announce");
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = text), 50);
}

// A query goes where the words in the box would, with its picture; all else is a link to follow.
function choose(input, option) {
  close(input);
  if (option.dataset.query === undefined) return location.assign(option.href);
  input.value = option.dataset.query;
  input.form.requestSubmit();
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches(BOX)) prepare(event.target);
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches(BOX)) close(event.target);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(BOX)) return;
  const input = event.target;
  prepare(input);
  clearTimeout(waiting);
  running?.abort();
  if (!input.value.trim()) return close(input);
  waiting = setTimeout(() => ask(input), PAUSE);
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches(BOX) || event.isComposing) return;
  const input = event.target;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const up = event.key === "ArrowUp";
    if (!isOpen(input)) return ask(input, up ? -1 : 0);
    const options = optionsOf(input);
    const at = options.indexOf(activeOf(input));
    // Past either end comes the box itself, and then the other end.
    const next = up ? (at < 0 ? options.length : at) - 1 : at + 1;
    activate(input, options[next] ?? null);
  } else if (event.key === "Escape" && isOpen(input)) {
    event.preventDefault(); // closed first; the next one clears the field
    close(input);
  } else if (event.key === "Enter" && activeOf(input)) {
    event.preventDefault();
    choose(input, activeOf(input));
  }
});

// The focus stays in the box while the list is used.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("#search [role=listbox]")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const option = event.target.closest("#search [role=option]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!option || !plain) return;
  event.preventDefault();
  choose(option.closest("form").querySelector("input[type=search]"), option);
});

document.addEventListener("submit", (event) => {
  const input = event.target.querySelector(BOX);
  if (input) close(input);
});
