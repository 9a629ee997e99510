// What was searched for in this browser; nobody else is told.

const STORE = "product-search:recent";
const KEPT = 8;

/** @returns {string[]} the latest first */
export function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** Keep words as the latest. */
export function remember(words) {
  const text = words.trim();
  if (!text) return;
  write([text, ...recent().filter((other) => other.toLowerCase() !== text.toLowerCase())].slice(0, KEPT));
}

/** Forget these words, or all of them. */
export function forget(words = null) {
  write(words === null ? [] : recent().filter((other) => other !== words));
}

function write(kept) {
  try {
    if (kept.length) localStorage.setItem(STORE, JSON.stringify(kept));
    else localStorage.removeItem(STORE);
  } catch {
    // Storage is forbidden: nothing is remembered.
  }
}
