// Copies a key; without it, or without the right to, one selects and copies by hand.
const field = document.querySelector("#ps-token");
const button = document.querySelector("#ps-copy");

field.addEventListener("focus", () => field.select());
if (navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    document.querySelector("#ps-copied").textContent = field.dataset.copied;
  });
}
