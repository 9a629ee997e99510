// How the dialogs look: the crop and the camera.

const css = `
.dialog { width: min(40rem, calc(100vw - 1.5rem)); max-height: calc(100dvh - 1.5rem); padding: 1rem; overflow: auto; border: 1px solid var(--_line); border-radius: 16px; background: var(--_card); color: var(--_ink); box-shadow: var(--_lift); }
.dialog::backdrop { background: rgb(0 0 0 / 60%); }
.dialog-head { display: flex; align-items: center; justify-content: space-between; gap: 1rem; margin-bottom: 0.6rem; }
.dialog h2 { font-size: 1.2rem; }
.dialog-actions { display: flex; flex-wrap: wrap; gap: 0.6rem; margin-top: 1rem; }
.primary, .primary:hover { background: var(--_accent); color: var(--_on-accent); }
.crop-stage { position: relative; width: fit-content; max-width: 100%; margin: 0.75rem auto 0; overflow: hidden; border-radius: 8px; touch-action: none; user-select: none; }
.crop-picture { display: block; max-width: 100%; max-height: 55vh; }
.crop-frame { position: absolute; border: 2px solid #fff; box-shadow: 0 0 0 100vmax rgb(0 0 0 / 55%); cursor: move; }
.crop-edge { position: absolute; display: grid; place-items: center; width: 1.75rem; height: 1.75rem; }
.crop-edge::after { content: ""; width: 0.75rem; height: 0.75rem; border: 2px solid #1d2422; border-radius: 99px; background: #fff; }
.crop-edge:focus-visible { outline-offset: -4px; }
.crop-edge:focus-visible::after { background: var(--_focus); }
.edgeLeft { inset: calc(50% - 0.875rem) auto auto -0.95rem; cursor: ew-resize; }
.edgeRight { inset: calc(50% - 0.875rem) -0.95rem auto auto; cursor: ew-resize; }
.edgeTop { inset: -0.95rem auto auto calc(50% - 0.875rem); cursor: ns-resize; }
.edgeBottom { inset: auto auto -0.95rem calc(50% - 0.875rem); cursor: ns-resize; }
.camera { display: block; width: 100%; max-height: 50vh; border-radius: 10px; background: #000; object-fit: cover; }
.seen { min-height: 1.75rem; margin-top: 0.75rem; font-size: 1.1rem; font-weight: 650; }
.matches { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 0.6rem; min-height: 7rem; margin-top: 0.5rem; }
.match { display: grid; gap: 0.3rem; color: var(--_ink); font-size: var(--_small); text-decoration: none; overflow-wrap: anywhere; }
.match .thumb { width: 100%; height: auto; aspect-ratio: 1; }
`;

export const dialogSheet = new CSSStyleSheet();
dialogSheet.replaceSync(css);
