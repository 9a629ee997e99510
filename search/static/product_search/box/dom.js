// Elements in one expression, icons, and the focus over a new drawing. Nothing here knows what is searched.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: attributes from `props` (true is an empty one, null and false are left out; functions listen to the
 * event they are named for, `onclick`), then children: nodes, texts, lists of them; nothing for null and false.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  set(made, props);
  made.append(...flat(children));
  return made;
}

function set(made, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
}

/** What can be appended of `children`, in one list. */
export function flat(children) {
  return children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

/** A drawing: `shapes` are `[tag, attributes]`. */
export function svg(props, ...shapes) {
  const made = document.createElementNS(SVG, "svg");
  set(made, props);
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    set(shape, attributes);
    made.append(shape);
  }
  return made;
}

const PATHS = {
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20.5 20.5",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5v.01",
  camera: "M3.5 8.5a2 2 0 0 1 2-2h2.2L9.4 4h5.2l1.7 2.5h2.2a2 2 0 0 1 2 2V18a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2zM12 16.6a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2z",
  close: "M6 6l12 12M18 6 6 18",
  crop: "M7 2v15h15M2 7h15v15",
  recent: "M12 7v5l3 2M4.5 12a7.5 7.5 0 1 0 2-5.1M4 4v3.5h3.5",
  alike: "M9 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM15 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  empty: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
};

/** A line drawing that says nothing: what it means stands beside it. */
export function icon(name) {
  const props = { class: "icon", viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" };
  return svg(props, ["path", { d: PATHS[name] }]);
}

/**
 * Draw anew and leave the focus where it was: on what has the same `data-key`, or else on `otherwise()`.
 * @param {ShadowRoot} root
 */
export function keepingFocus(root, draw, otherwise) {
  const focused = root.activeElement;
  const key = focused?.closest("[data-key]")?.dataset.key;
  draw();
  if (!focused || root.contains(focused)) return;
  const same = key && root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (same || otherwise())?.focus({ preventScroll: true });
}
