// Pictures to search with: made small and bare before they leave this browser, and kept for as long as its tab is open.

/** The longer side in pixels of what is sent: more than any model looks at. */
export const SIDE = 512;
const QUALITY = 0.8;
/** Of how many pictures the tab remembers, the latest. */
const KEPT = 8;
const STORE = "product-search:pictures";

const here = new Map();

/**
 * The picture with its longer side at most `SIDE` pixels, as JPEG: drawn anew, the right way up, so nothing is left of
 * where and by what it was taken. `part` is `{x, y, width, height}`, each from 0 to 1.
 * @param {Blob} file
 * @returns {Promise<Blob>}
 * @throws what the browser throws for a file that it can't read
 */
export async function shrink(file, part = { x: 0, y: 0, width: 1, height: 1 }) {
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  const width = Math.max(1, whole.width * part.width);
  const height = Math.max(1, whole.height * part.height);
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const paper = canvas.getContext("2d");
  paper.imageSmoothingQuality = "high";
  paper.fillStyle = "#fff"; // JPEG knows no transparency
  paper.fillRect(0, 0, canvas.width, canvas.height);
  const from = [whole.width * part.x, whole.height * part.y, width, height];
  paper.drawImage(whole, ...from, 0, 0, canvas.width, canvas.height);
  whole.close();
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", QUALITY),
  );
}

/** The picture file of a drop or a paste, if there is one. */
export function pictureOf(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

/** Keep a small picture in this tab, also over its next page; returns the name to find it by. */
export async function keep(blob) {
  const name = Math.random().toString(36).slice(2, 10);
  here.set(name, blob);
  const data = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(blob);
  });
  try {
    const stored = [...stores().filter(([other]) => other !== name), [name, data]].slice(-KEPT);
    sessionStorage.setItem(STORE, JSON.stringify(stored));
  } catch {
    // Storage is full or forbidden: the picture lives as long as this page.
  }
  return name;
}

/** @returns {Blob|null} the picture of that name; null when this tab does not have it */
export function kept(name) {
  if (here.has(name)) return here.get(name);
  const data = stores().find(([other]) => other === name)?.[1];
  if (!data) return null;
  const bytes = Uint8Array.from(atob(data.slice(data.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
  here.set(name, new Blob([bytes], { type: "image/jpeg" }));
  return here.get(name);
}

function stores() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
  } catch {
    return [];
  }
}
