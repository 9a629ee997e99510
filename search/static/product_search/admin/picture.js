// Searches as soon as a picture is chosen, pasted or dropped on the list; without it, a button does.
const form = document.querySelector(".ps-picture");
const input = form?.querySelector("input[type=file]");

function search(files) {
  if (!files.length || !files[0].type.startsWith("image/")) return false;
  if (input.files !== files) {
    const chosen = new DataTransfer();
    chosen.items.add(files[0]);
    input.files = chosen.files;
  }
  form.requestSubmit();
  return true;
}

if (form) {
  input.addEventListener("change", () => input.files.length && form.requestSubmit());
  document.addEventListener("paste", (event) => {
    if (search(event.clipboardData.files)) event.preventDefault();
  });
  const list = document.getElementById("changelist");
  list?.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  list?.addEventListener("drop", (event) => {
    if (search(event.dataTransfer.files)) event.preventDefault();
  });
}
