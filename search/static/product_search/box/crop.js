// A part of a picture, chosen with a frame: dragged as a whole or by an edge, or moved edge by edge with the keyboard.

import { el } from "./dom.js";
import { dialogIn } from "./dialog.js";

/** The smallest frame, and the step of an arrow key, as parts of the picture. */
const LEAST = 0.1;
const STEP = 0.02;

/** Which number of `[x0, y0, x1, y1]` an edge moves. */
const EDGES = [["edgeLeft", 0], ["edgeTop", 1], ["edgeRight", 2], ["edgeBottom", 3]];

/**
 * Ask for a part of `picture`; null when whoever asks thinks better of it.
 * @returns {Promise<{x: number, y: number, width: number, height: number}|null>} each from 0 to 1
 */
export async function crop(box, root, picture) {
  const { say } = box;
  const src = URL.createObjectURL(picture);
  const image = el("img", { class: "crop-picture", src, alt: say("yourPicture"), draggable: "false" });
  const frame = el("div", { class: "crop-frame" });
  const stage = el("div", { class: "crop-stage" }, image, frame);
  let edges = [0.1, 0.1, 0.9, 0.9];
  const sliders = EDGES.map(([key, at]) => {
    const vertical = at % 2 === 1;
    return el("div", {
      class: `crop-edge ${key}`, role: "slider", tabindex: 0, "aria-label": say(key),
      "aria-orientation": vertical ? "vertical" : "horizontal", "aria-valuemin": 0, "aria-valuemax": 100,
      onkeydown: (event) => pressed(event, at),
    });
  });
  frame.append(...sliders);

  // Sizes that change stand in a sheet of their own: a page may forbid style attributes.
  const places = new CSSStyleSheet();
  root.adoptedStyleSheets.push(places);
  const draw = () => {
    const [x0, y0, x1, y1] = edges.map((each) => `${(100 * each).toFixed(2)}%`);
    const [width, height] = [edges[2] - edges[0], edges[3] - edges[1]].map((each) => `${(100 * each).toFixed(2)}%`);
    places.replaceSync(`.crop-frame { left: ${x0}; top: ${y0}; width: ${width}; height: ${height}; }`);
    sliders.forEach((slider, at) => {
      slider.setAttribute("aria-valuenow", Math.round(100 * edges[at]));
      slider.setAttribute("aria-valuetext", [x0, y0, x1, y1][at].replace(/\..*/, " %"));
    });
  };

  const move = (at, to) => {
    const other = edges[(at + 2) % 4];
    edges[at] = at < 2 ? Math.min(Math.max(0, to), other - LEAST) : Math.max(Math.min(1, to), other + LEAST);
  };

  function pressed(event, at) {
    const step = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP, PageUp: -5 * STEP, PageDown: 5 * STEP }[event.key];
    if (step) move(at, edges[at] + step);
    else if (event.key === "Home") move(at, 0);
    else if (event.key === "End") move(at, 1);
    else return;
    event.preventDefault();
    draw();
  }

  stage.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const area = image.getBoundingClientRect();
    const begun = [event.clientX, event.clientY];
    const before = [...edges];
    const moved = grip(event, before, area);
    const drag = ({ clientX, clientY }) => {
      const by = [(clientX - begun[0]) / area.width, (clientY - begun[1]) / area.height];
      if (moved.length === 4) {
        for (const way of [0, 1]) {
          const fits = Math.min(1 - before[way + 2], Math.max(-before[way], by[way]));
          [edges[way], edges[way + 2]] = [before[way] + fits, before[way + 2] + fits];
        }
      } else for (const at of moved) move(at, before[at] + by[at % 2]);
      draw();
    };
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", drag);
    stage.addEventListener("lostpointercapture", () => stage.removeEventListener("pointermove", drag), { once: true });
  });

  draw();
  const all = () => {
    edges = [0, 0, 1, 1];
    draw();
  };
  const done = await dialogIn(box, root, say("crop"), [el("p", { class: "quiet" }, say("cropHelp")), stage], [
    [say("cropUse"), "use"],
    [say("cropAll"), all],
  ]);
  URL.revokeObjectURL(src);
  root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== places);
  const [x, y, x1, y1] = edges;
  return done === "use" ? { x, y, width: x1 - x, height: y1 - y } : null;
}

/** The edges that a finger at this place moves: those that are near, or all of them. */
function grip({ clientX, clientY }, edges, area) {
  const at = [(clientX - area.left) / area.width, (clientY - area.top) / area.height];
  const reach = [28 / area.width, 28 / area.height];
  const near = [0, 1, 2, 3].filter((edge) => Math.abs(at[edge % 2] - edges[edge]) < reach[edge % 2]);
  return near.length ? near : [0, 1, 2, 3];
}
