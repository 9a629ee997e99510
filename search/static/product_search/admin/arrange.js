// A page's products are moved where they stand, by dragging or with their buttons, and saved together. What is moved
// keeps the focus and is said; without this script each button saves the draft.
const form = document.getElementById("ps-arrange");
const list = document.getElementById("ps-arranged");
const said = document.getElementById("ps-said");
const first = form.elements.first;
let unsaved = false;
let dragged = null;

const cards = () => [...list.querySelectorAll(".ps-card")];

function number() {
  const stay = Number(first.value);
  cards().forEach((card, at) => {
    card.querySelector(".ps-place").textContent = at + 1;
    card.toggleAttribute("data-stays", at < stay);
  });
}

function move(card, to) {
  const others = cards().filter((each) => each !== card);
  const place = Math.min(Math.max(to, 0), others.length);
  list.insertBefore(card, others[place] ?? null);
  first.value = Math.max(Number(first.value), place + 1);
  unsaved = true;
  number();
  const title = card.querySelector("p:not(:first-of-type)").textContent.trim();
  said.textContent = form.dataset.moved.replace("%(title)s", title).replace("%(place)s", place + 1);
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=move]");
  if (!button) return;
  event.preventDefault();
  const card = button.closest(".ps-card");
  const at = cards().indexOf(card);
  const step = button.value.slice(button.value.lastIndexOf(":") + 1);
  move(card, { top: 0, up: at - 1, down: at + 1 }[step]);
  button.focus();
});

for (const card of cards()) card.draggable = true;
list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest(".ps-card");
  dragged?.classList.add("ps-dragged");
  event.dataTransfer.effectAllowed = "move";
});
list.addEventListener("dragover", (event) => {
  if (dragged) event.preventDefault();
});
list.addEventListener("drop", (event) => {
  const target = event.target.closest(".ps-card");
  if (!dragged || !target || target === dragged) return;
  event.preventDefault();
  move(dragged, cards().indexOf(target));
});
list.addEventListener("dragend", () => {
  dragged?.classList.remove("ps-dragged");
  dragged = null;
});

form.addEventListener("submit", () => {
  unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
