// Keeps the index page as it is now: fetches its changing part and replaces the sections that differ. A section in
// which something has the focus is left alone, and what was unfolded stays so.
const EVERY_MS = 2000;
const now = document.getElementById("ps-now");

function unfolded(section) {
  return [...section.querySelectorAll("details[open]")].map((details) => details.dataset.keep);
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const section of now.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${section.dataset.part}"]`);
    if (!next || section.contains(document.activeElement)) continue;
    const open = unfolded(section);
    for (const token of next.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      token.value = section.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? token.value;
    }
    for (const details of next.querySelectorAll("details")) details.open = open.includes(details.dataset.keep);
    if (next.innerHTML !== section.innerHTML) section.innerHTML = next.innerHTML;
    section.className = next.className; // the section itself stays: a live region is announced only while it does
  }
}

async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch(now.dataset.url, { headers: { Accept: "text/html" }, redirect: "error" });
      if (answer.ok) show(await answer.text());
    } catch {
      // The server is away for a moment; the next look will tell.
    }
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
