// The playground follows its form: what changes is asked anew in the background, the newest question wins, and the
// address stays one that can be shared. On the hits, a key is a judgement.
const form = document.getElementById("ps-trial");
const results = document.getElementById("ps-results");
const said = document.getElementById("ps-said");
const upload = document.getElementById("ps-upload");
const undo = document.getElementById("ps-undo");
const help = document.getElementById("ps-keys");
const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
const WAIT_MS = 150;
let waiting;
let asking = new AbortController();
let judging = Promise.resolve();

function asked() {
  const given = [...new FormData(form)].filter(([name, value]) => {
    const field = form.elements[name];
    const same = field.type === "range" || field.tagName === "SELECT";
    return value !== "" && !(same && value === field.dataset.set);
  });
  return new URLSearchParams(given);
}

async function ask() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const query = asked();
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.dataset.results}?${query}`, { signal, redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    const html = await answer.text();
    if (signal.aborted) return;
    show(html);
    history.replaceState(null, "", `${form.getAttribute("action")}?${query}`);
    upload.action = `${upload.dataset.action}?${query}`;
    if (undo) undo.action = `${undo.action.split("?")[0]}?${query}`;
    const told = ["ps-found", "ps-summary"].map((id) => document.getElementById(id)?.textContent ?? "");
    said.textContent = told.join(". ");
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = form.dataset.lost;
  }
  if (asking.signal === signal) results.removeAttribute("aria-busy");
}

function show(html) {
  const focused = document.activeElement.closest?.(".ps-card")?.dataset.card;
  results.innerHTML = html;
  ready();
  const card = cards().find((each) => each.dataset.card === focused);
  if (card) focus(card);
}

function ready() {
  for (const button of results.querySelectorAll("[data-copy]")) button.hidden = false;
  const first = cards()[0];
  if (first) first.tabIndex = 0;
}

const cards = () => [...results.querySelectorAll(".ps-card")];

function focus(card) {
  if (!card) return;
  for (const each of cards()) each.tabIndex = each === card ? 0 : -1;
  card.focus();
  card.scrollIntoView({ block: "nearest" });
}

function columns() {
  const all = cards();
  const below = all.findIndex((card) => card.offsetTop > all[0].offsetTop);
  return below < 1 ? all.length : below;
}

async function post(url, fields) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: new URLSearchParams(fields),
  });
  return { done: answer.ok, ...(await answer.json()) };
}

// One after the other: what is taken back is what was judged last.
function send(url, fields) {
  judging = judging.then(async () => {
    try {
      const told = await post(url, fields);
      said.textContent = told.said;
      undo.hidden = !told.undoable;
      if (!told.done) return;
      const card = cards().find((each) => each.dataset.card === told.product);
      for (const button of card?.querySelectorAll("button[name=grade]") ?? []) {
        button.setAttribute("aria-pressed", String(button.value === String(told.grade)));
      }
    } catch {
      said.textContent = form.dataset.lost;
    }
  });
}

function judge(card, grade) {
  const sheet = card.querySelector(".ps-judge");
  if (sheet) send(sheet.action, { product: sheet.elements.product.value, grade });
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, WAIT_MS);
}

form.addEventListener("input", (event) => {
  if (event.target.type === "range") {
    form.querySelector(`output[for="${event.target.id}"]`).textContent = event.target.value;
  }
  later();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  ask();
});

results.addEventListener("submit", (event) => {
  const card = event.target.closest(".ps-card");
  if (!card) return;
  event.preventDefault();
  judge(card, event.submitter.value);
});

undo?.addEventListener("submit", (event) => {
  event.preventDefault();
  send(undo.action, {});
});

results.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(text.textContent.trim());
    said.textContent = button.dataset.copied;
  } catch {
    getSelection().selectAllChildren(text); // a page without the right to copy: it is selected, to be copied by hand
  }
});

results.addEventListener("keydown", (event) => {
  const card = event.target.closest(".ps-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = cards();
  const at = all.indexOf(card);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() };
  if (event.key in steps) focus(all[at + steps[event.key]]);
  else if (/^[0-3]$/.test(event.key)) judge(card, event.key);
  else if (event.key === "u" && undo) send(undo.action, {});
  else if (event.key === "?" && help) help.open = !help.open;
  else return;
  event.preventDefault();
});

ready();
