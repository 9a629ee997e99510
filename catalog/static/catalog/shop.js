// What JavaScript adds to a shop that is whole without it: results that change in place, and a picture that is dropped,
// pasted or chosen and shown before it is sent. The server renders every page; nothing here knows what is on them.

const PARTS = ["search", "languages", "results"];
const announcer = document.getElementById("announce");
let running = null;
let shown = location.pathname + location.search;

function announce(text) {
  // The same text twice in a row is announced only if it was gone in between.
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = text ?? ""), 50);
}

// Fetch a page of results and put its parts in the place of ours. `instead` does without us what can't be done here.
async function show(request, { instead, push = true, top = false }) {
  running?.abort();
  const ours = (running = new AbortController());
  document.getElementById("results").setAttribute("aria-busy", "true");
  try {
    const response = await fetch(request, { signal: ours.signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!page.getElementById("results")) return instead();
    const address = new URL(response.url);
    // A refused upload has no address of its own.
    if (push && (request.method === "GET" || response.redirected)) history.pushState(null, "", address);
    shown = location.pathname + location.search;
    replace(page, top);
  } catch (error) {
    if (error.name !== "AbortError") instead();
  }
}

function replace(page, top) {
  const focused = document.activeElement?.id;
  const folds = [...document.querySelectorAll("#results details[id]:not(.menu)")];
  document.title = page.title;
  for (const part of PARTS) {
    const fresh = page.getElementById(part);
    if (fresh) document.getElementById(part)?.replaceWith(document.adoptNode(fresh));
  }
  for (const { id, open } of folds) {
    const fold = document.getElementById(id);
    if (fold) fold.open = open;
  }
  // The control that was used keeps the focus; where it is gone (a chip), the heading says what came of it.
  const same = focused ? document.getElementById(focused) : null;
  const heading = document.getElementById("found");
  const usable = same?.checkVisibility() ? same : same?.closest("details")?.querySelector("summary");
  const target = (!top && usable) || heading;
  target.focus({ preventScroll: true });
  if (top) document.getElementById("main").scrollIntoView();
  announce(document.querySelector("[data-announce]")?.textContent);
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (event.target.closest("[data-remove-picture]")) return choose(event.target.closest("form"), null);
  const place = event.target.closest("#results [data-in-place]");
  const link = event.target.closest("a[href]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!place || !link || !plain || event.defaultPrevented) return;
  event.preventDefault();
  const top = place.dataset.inPlace === "top";
  show(new Request(link.href), { top, instead: () => location.assign(link.href) });
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-in-place]");
  if (!form || !document.getElementById("results")) return;
  event.preventDefault();
  const fields = new FormData(form, event.submitter);
  const request =
    form.method === "post"
      ? new Request(form.action, { method: "POST", body: fields })
      : new Request(`${form.action}?${new URLSearchParams(fields)}`);
  show(request, { top: form.dataset.inPlace === "top", instead: () => form.submit() });
});

window.addEventListener("popstate", () => {
  const address = location.pathname + location.search;
  if (address === shown) return; // a jump within the page
  if (!document.getElementById("results")) return location.reload();
  show(new Request(address), { push: false, instead: () => location.reload() });
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Pictures

function choose(form, file) {
  const input = form.querySelector("input[type=file]");
  const box = form.querySelector("[data-preview]");
  if (file !== input.files[0]) {
    const files = new DataTransfer();
    if (file) files.items.add(file);
    input.files = files.files;
  }
  const old = box.querySelector("img");
  if (old) URL.revokeObjectURL(old.src);
  old?.remove();
  box.hidden = !file;
  announce(file ? announcer.dataset.picture : announcer.dataset.noPicture);
  if (!file) return input.focus();
  const image = new Image(44, 44);
  image.alt = file.name;
  image.src = URL.createObjectURL(file);
  box.prepend(image);
}

function pictureOf(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#search input[type=file]")) choose(event.target.form, event.target.files[0] ?? null);
});

document.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  document.body.classList.remove("dropping");
  const form = document.getElementById("search");
  const file = pictureOf(event.dataTransfer);
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  if (form && file) choose(form, file);
  form?.querySelector("input[type=search]").focus();
});
document.addEventListener("paste", (event) => {
  const form = document.getElementById("search");
  const file = pictureOf(event.clipboardData);
  if (!form || !file) return;
  event.preventDefault();
  choose(form, file);
});
