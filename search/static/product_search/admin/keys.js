// A key presses the button, or follows the link, that names it in data-key, unless somebody writes or has switched it
// off. Once something is on its way no key counts: the page that comes next is another.
const STORED = "product-search-keys";
const choice = document.querySelector(".ps-keys");
const box = choice?.querySelector("input");
let leaving = false;

if (choice) {
  choice.hidden = false;
  box.checked = localStorage.getItem(STORED) !== "off";
  box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
}

document.addEventListener("submit", () => { leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });
document.addEventListener("keydown", (event) => {
  if (leaving || event.repeat || event.ctrlKey || event.metaKey || event.altKey || (box && !box.checked)) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const meant = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!meant) return;
  event.preventDefault();
  if (meant.tagName === "A") leaving = true;
  meant.click();
});
