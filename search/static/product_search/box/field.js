// The field itself: words, a picture that is chosen, dropped or pasted, the ways to crop it and to the camera.

import { Combobox } from "./combobox.js";
import { el, icon } from "./dom.js";
import { kept, pictureOf } from "./pictures.js";

export class Field {
  /** Draws into `root`; tells `box` what is asked for. */
  constructor(box, root) {
    Object.assign(this, { box, root });
    const { say } = box;
    const value = box.asked.q;
    this.input = el("input", {
      id: "words", class: "words", part: "input", type: "search", name: "q", value, maxlength: 1000, role: "combobox",
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search",
      "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": "options",
    });
    this.list = el("div", { id: "options", class: "options-list", part: "suggestions", role: "listbox", "aria-label": say("suggestions"), hidden: true });
    this.shown = el("span", { class: "chosen", hidden: true });
    this.form = el("form", { class: "field", part: "form", role: "search", onsubmit: (event) => this.#submitted(event) },
      el("label", { for: "words", class: "hidden" }, say("label")),
      this.shown, this.input, this.#tools(),
      el("button", { class: "go", part: "submit" }, icon("search"), el("span", { class: "go-text" }, say("search"))),
      this.list);
    this.over = el("div", { class: "over", "aria-hidden": "true", hidden: true }, say("drop"));
    root.append(this.form, this.over);
    this.combobox = new Combobox(box, this.input, this.list, (what) => this.#chosen(what));
    this.update(box.asked);
  }

  /** Listen to what is dropped and pasted anywhere on the page, until `signal` aborts. */
  listen(signal) {
    const on = (name, listener) => document.addEventListener(name, listener, { signal });
    // What is dropped on or pasted into another field of the page is that field's.
    const elsewhere = (event) => {
      const [target] = event.composedPath();
      return target.closest?.("input, textarea, [contenteditable]") && !this.root.contains(target);
    };
    const files = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files") && !elsewhere(event);
    on("dragover", (event) => {
      if (!files(event) || event.defaultPrevented) return;
      event.preventDefault();
      this.over.hidden = false;
    });
    on("dragleave", (event) => {
      if (!event.relatedTarget) this.over.hidden = true;
    });
    on("drop", (event) => {
      this.over.hidden = true;
      if (!files(event) || event.defaultPrevented) return;
      event.preventDefault();
      const file = pictureOf(event.dataTransfer);
      if (file) this.box.searchPicture(file);
      else this.box.announce(this.box.say("unreadable"), { seen: true });
    });
    on("paste", (event) => {
      const file = !event.defaultPrevented && !elsewhere(event) && pictureOf(event.clipboardData);
      if (!file) return;
      event.preventDefault();
      this.box.searchPicture(file);
    });
  }

  get words() {
    return this.input.value.trim();
  }

  get focused() {
    return this.root.activeElement === this.input;
  }

  /** Show the words and the picture of what is asked. */
  update(ask) {
    if (!this.focused || ask.q !== this.words) this.input.value = ask.q;
    const { box } = this;
    const src = box.pictureUrl(ask.picture);
    this.shown.hidden = !src;
    this.input.placeholder = src ? box.say("addWords") : (box.getAttribute("placeholder") ?? box.say("placeholder"));
    const button = (name, key, onclick, inside) =>
      el("button", { type: "button", class: name, title: box.say(key), "aria-label": box.say(key), onclick }, inside);
    this.shown.replaceChildren(...(src ? [
      button("crop", "crop", () => this.#crop(ask), [el("img", { src, alt: "", width: 32, height: 32 }), icon("crop")]),
      button("drop", "removePicture", () => this.#withoutPicture(), icon("close")),
    ] : []));
  }

  #tools() {
    const { box } = this;
    const { say } = box;
    if (box.without("pictures")) return [];
    const choose = (event) => {
      const [file] = event.target.files;
      if (file) box.searchPicture(file);
      event.target.value = "";
    };
    const file = el("label", { class: "tool", part: "tool", title: say("choosePicture") }, icon("picture"),
      el("span", { class: "hidden" }, say("choosePicture")), el("input", { type: "file", accept: "image/*", onchange: choose }));
    const camera = el("button", { type: "button", class: "tool", part: "tool", title: say("useCamera"), "aria-label": say("useCamera"), onclick: () => this.#camera() }, icon("camera"));
    return [file, navigator.mediaDevices?.getUserMedia && !box.without("camera") ? camera : null].filter(Boolean);
  }

  #submitted(event) {
    event.preventDefault();
    this.combobox.close();
    this.input.blur(); // puts a phone's keyboard away
    this.box.search(this.words);
  }

  #chosen(what) {
    this.input.blur();
    if (what.url) return location.assign(what.url);
    if (what.facet) return this.box.ask({ filters: { [what.facet]: [what.value] } }, { top: true });
    this.input.value = what.q;
    this.box.search(what.q);
  }

  #withoutPicture() {
    this.input.focus();
    this.box.announce(this.box.say("pictureRemoved"));
    this.box.ask({ ...this.box.asked, q: this.words, picture: "", page: 1 });
  }

  async #crop(ask) {
    const { crop } = await import("./crop.js");
    const part = await crop(this.box, this.root, this.box.original(ask.picture) ?? kept(ask.picture));
    if (part) await this.box.searchPicture(this.box.original(ask.picture) ?? kept(ask.picture), part);
  }

  async #camera() {
    const { camera } = await import("./camera.js");
    const picture = await camera(this.box, this.root);
    if (picture) await this.box.searchPicture(picture);
  }
}
