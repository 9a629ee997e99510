// The camera, live: about once a second the shop says what it sees, and shows what it has of it. Nothing is recorded.

import { pictureIn } from "./card.js";
import { dialogIn } from "./dialog.js";
import { el } from "./dom.js";
import { shrink } from "./pictures.js";

/** Milliseconds between one look and the next; a look that takes longer is waited for. */
const PAUSE = 1000;
/** Matches that are shown, and how many looks they stay while what is seen has the same name. */
const MATCHES = 4;
const STAY = 5;

/**
 * Show the camera until a picture is taken.
 * @returns {Promise<Blob|null>} what it saw when "search with this" was pressed
 */
export async function camera(box, root) {
  const { say } = box;
  const video = el("video", { class: "camera", playsinline: true, "aria-label": say("useCamera") });
  video.muted = true;
  const seen = el("p", { class: "seen", role: "status" }, say("cameraHelp"));
  const matches = el("ul", { class: "matches", "aria-label": say("matches") });
  const stop = new AbortController();
  let stream = null;
  let taken = null;
  let looks = 0;

  const begin = async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (stop.signal.aborted) return end(stream);
      video.srcObject = stream;
      await video.play();
      look();
    } catch {
      seen.textContent = say("cameraRefused");
    }
  };

  const look = async () => {
    if (stop.signal.aborted) return;
    try {
      if (!document.hidden) await tell(await frame(video));
    } catch {
      // What can't be answered now is asked again: the camera still looks.
    }
    if (!stop.signal.aborted) setTimeout(look, PAUSE);
  };

  const tell = async (picture) => {
    const { signal } = stop;
    const { labels, said } = await box.client.classify({ picture }, { signal });
    const name = labels.find((each) => each.value === said)?.label;
    const text = name ? say("looksLike", { label: name }) : say("cameraNothing");
    const same = seen.textContent === text;
    if (!same) seen.textContent = text;
    if (same && ++looks % STAY) return;
    looks = 0;
    const { hits } = await box.client.search({ picture, per_page: MATCHES, facets: [] }, { signal });
    matches.replaceChildren(...hits.map(({ card, picture: matched }) =>
      el("li", {}, el("a", { href: card.url, class: "match" }, pictureIn(card, matched, { class: "thumb" }), el("span", {}, card.title)))));
  };

  const take = async () => {
    if (!stream) return;
    taken = await frame(video);
    root.querySelector("dialog").close("use");
  };

  begin();
  const done = await dialogIn(box, root, say("useCamera"), [video, seen, matches], [[say("cameraUse"), take]]);
  stop.abort();
  end(stream);
  return done === "use" ? taken : null;
}

function end(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** What the camera sees now, small. */
async function frame(video) {
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return shrink(await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9)));
}
