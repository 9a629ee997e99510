// What the page does when the search box has other results in it: its title and the way to another language follow.

const shop = document.title.split(" · ").at(-1);

document.addEventListener("product-search:answer", ({ target }) => {
  document.title = `${target.heading} · ${shop}`;
  document.querySelector("#languages [name=next]").value = location.pathname + location.search;
});
