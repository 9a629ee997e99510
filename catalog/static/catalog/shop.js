// What the page does when the search box has other results in it: its title, the way to another language and the way
// here follow.

const shop = document.title.split(" · ").at(-1);

document.addEventListener("product-search:answer", ({ target }) => {
  document.title = `${target.heading} · ${shop}`;
  document.querySelector("#languages [name=next]").value = location.pathname + location.search;
  const { asked, answer } = target;
  const chosen = asked.filters.category ?? [];
  const { values } = answer.facets.find(({ name }) => name === "category") ?? { values: [] };
  lead(chosen.length === 1 ? values.filter(({ value }) => `${chosen[0]}/`.startsWith(`${value}/`)) : []);
});

/** Show the way through the branches of a category, the top one first; none for no category. */
function lead(branches) {
  const crumbs = document.querySelector(".crumbs");
  if (!crumbs) return;
  const [home, all] = crumbs.querySelectorAll("li");
  const steps = branches.map(({ value, label }) => {
    const step = all.cloneNode(true);
    const link = step.querySelector("a");
    link.href += `${value}/`;
    link.textContent = label;
    return step;
  });
  steps.at(-1)?.querySelector("a").setAttribute("aria-current", "page");
  crumbs.querySelector("ol").replaceChildren(home, all, ...steps);
  crumbs.hidden = !steps.length;
}
