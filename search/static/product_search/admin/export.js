// "Select all" of the export page: what import-export says in the element itself, which the shop's policy forbids.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("select-all-toggle")?.addEventListener("change", onSelectToggleChange);
});
