// Of an action's fields those are shown that it has; without this script all are, and those that it has not don't count.
function show(action) {
  const select = action.querySelector("select[name$='-do']");
  for (const row of action.querySelectorAll(".ps-row")) {
    const field = row.querySelector("[data-of]");
    if (field && field !== select) row.hidden = !field.dataset.of.split(" ").includes(select.value);
  }
  for (const list of action.querySelectorAll("[data-of-products]")) {
    list.hidden = action.querySelector("input[name$='-find']").closest(".ps-row").hidden;
  }
}

for (const action of document.querySelectorAll(".ps-action")) {
  show(action);
  action.querySelector("select[name$='-do']").addEventListener("change", () => show(action));
}
