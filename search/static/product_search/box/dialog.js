// A dialog over the page, for the crop and the camera: the browser keeps the focus in it.

import { el, icon } from "./dom.js";
import { dialogSheet } from "./dialog_style.js";

/**
 * Show a dialog until it is closed. `actions` are `[label, what]`: a name that closes it, or a function.
 * @returns {Promise<string>} the name of the action, or "" for none
 */
export function dialogIn(box, root, title, content, actions) {
  if (!root.adoptedStyleSheets.includes(dialogSheet)) root.adoptedStyleSheets.push(dialogSheet);
  const act = (what) => (typeof what === "string" ? dialog.close(what) : what());
  const dialog = el("dialog", { class: "dialog", part: "dialog", "aria-labelledby": "dialog-title" },
    el("div", { class: "dialog-head" }, el("h2", { id: "dialog-title" }, title),
      el("button", { type: "button", class: "tool", "aria-label": box.say("close"), onclick: () => dialog.close("") }, icon("close"))),
    content,
    el("div", { class: "dialog-actions" }, actions.map(([label, what], number) =>
      el("button", { type: "button", class: number ? "button" : "button primary", onclick: () => act(what) }, label))));
  const before = root.activeElement;
  root.append(dialog);
  dialog.showModal();
  return new Promise((done) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus();
      done(dialog.returnValue);
    }),
  );
}
