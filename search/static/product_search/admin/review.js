// The review from the keyboard: a decision is sent in the background, one after the other, while the next product has
// the focus. What was not sent stays open and says so. When all on the page are decided, the next page comes.
const list = document.getElementById("ps-cards");
const said = document.getElementById("ps-said");
const keys = document.getElementById("ps-keys");
const cards = [...list.querySelectorAll(".ps-card")];
const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
let sending = Promise.resolve();

const isOpen = (card) => !card.dataset.state;

function focus(card) {
  if (!card) return;
  for (const each of cards) each.tabIndex = each === card ? 0 : -1;
  card.focus();
  card.scrollIntoView({ block: "nearest" });
}

function next(card) {
  const from = cards.indexOf(card);
  return [...cards.slice(from + 1), ...cards.slice(0, from)].find(isOpen);
}

function tell(card, text, state) {
  if (card) {
    card.dataset.state = state;
    card.querySelector(".ps-outcome").textContent = text;
  }
  said.textContent = text;
}

async function post(url, fields) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: new URLSearchParams(fields),
  });
  const told = await answer.json();
  return { status: answer.status, ...told };
}

function decide(card, verdict) {
  const form = card.querySelector("form");
  if (!form || !isOpen(card)) return;
  const fields = Object.fromEntries(new FormData(form));
  fields.verdict = verdict;
  if (verdict === "changed" && !fields.chosen.trim()) return form.elements.chosen.focus();
  tell(card, "…", "sending");
  focus(next(card) ?? card);
  sending = sending.then(async () => {
    try {
      const told = await post(form.action, fields);
      // 409: somebody else was first, and it is decided all the same.
      const done = told.status === 200 || told.status === 409;
      tell(card, told.said, done ? (told.status === 200 ? verdict : "late") : "");
      if (!done) focus(card);
    } catch {
      tell(card, list.dataset.lost, "");
      focus(card);
    }
    goOn();
  });
}

function undo() {
  sending = sending.then(async () => {
    try {
      const told = await post(list.dataset.undo, {});
      const card = cards.find((each) => each.dataset.card === told.card);
      tell(told.status === 200 ? card : null, told.said, "");
      if (told.status === 200 && card) focus(card);
    } catch {
      said.textContent = list.dataset.lost;
    }
  });
}

let leaving;

// The last decision of a page can be taken back for a moment, and then the next page comes.
function goOn() {
  clearTimeout(leaving);
  if (cards.some((card) => isOpen(card) || card.dataset.state === "sending")) return;
  leaving = setTimeout(() => sending.then(() => !cards.some(isOpen) && location.assign(list.dataset.next)), 600);
}

function columns() {
  const top = cards[0].offsetTop;
  const below = cards.findIndex((card) => card.offsetTop > top);
  return below < 1 ? cards.length : below;
}

list.addEventListener("keydown", (event) => {
  const card = event.target.closest(".ps-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input")) {
    if (event.key === "Enter") {
      event.preventDefault();
      decide(card, "changed");
    } else if (event.key === "Escape") focus(card);
    return;
  }
  const at = cards.indexOf(card);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() };
  if (event.key in steps) focus(cards[at + steps[event.key]]);
  else if (event.key === "a") decide(card, "accepted");
  else if (event.key === "r") decide(card, "rejected");
  else if (event.key === "c") card.querySelector("input[name=chosen]")?.select();
  else if (event.key === "u") undo();
  else if (event.key === "?") keys.open = !keys.open;
  else return;
  event.preventDefault();
});

list.addEventListener("submit", (event) => {
  const verdict = event.submitter?.value;
  if (!verdict) return;
  event.preventDefault();
  decide(event.target.closest(".ps-card"), verdict);
});

focus(cards.find(isOpen));
