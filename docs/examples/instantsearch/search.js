// An e-commerce page of InstantSearch.js. What is ours is the search client, and where events go.

import instantsearch from "instantsearch.js";
import {
  clearRefinements,
  configure,
  currentRefinements,
  hierarchicalMenu,
  hits,
  pagination,
  rangeInput,
  refinementList,
  searchBox,
  sortBy,
  stats,
  toggleRefinement,
} from "instantsearch.js/es/widgets";
import { insightsClient, instantSearchClient } from "./product_search/instantsearch.js";

const { search: url, key } = document.querySelector("[data-search]").dataset;
const options = { url, key: key || undefined };
const searchClient = instantSearchClient(options);
// A card's addresses are the shop's, which may be of another origin than this page.
const ofShop = (path) => new URL(path, new URL(url, location.href)).href;

const search = instantsearch({
  indexName: "products",
  searchClient,
  insights: { insightsClient: insightsClient(options) },
  routing: true,
  future: { preserveSharedStateOnUnmount: true },
});

search.addWidgets([
  configure({ hitsPerPage: 12, attributesToHighlight: ["title"] }),
  searchBox({ container: "#search-box", placeholder: "Red striped mug" }),
  clearRefinements({ container: "#clear", templates: { resetLabel: "Clear filters" } }),
  hierarchicalMenu({
    container: "#category",
    attributes: ["category.lvl0", "category.lvl1", "category.lvl2"],
    transformItems: searchClient.labels("category.lvl0"),
  }),
  refinementList({
    container: "#brand",
    attribute: "brand",
    searchable: true,
    searchablePlaceholder: "Search for a brand",
    transformItems: searchClient.labels("brand"),
  }),
  refinementList({
    container: "#collection",
    attribute: "collection",
    operator: "and",
    transformItems: searchClient.labels("collection"),
  }),
  rangeInput({ container: "#price", attribute: "price" }),
  toggleRefinement({ container: "#in-stock", attribute: "in_stock", templates: { labelText: "In stock" } }),
  stats({ container: "#stats" }),
  sortBy({
    container: "#sort",
    items: [
      { label: "Best first", value: "products" },
      { label: "Cheapest first", value: "products/price" },
      { label: "Dearest first", value: "products/-price" },
    ],
  }),
  currentRefinements({ container: "#chosen", transformItems: searchClient.labels() }),
  hits({
    container: "#hits",
    templates: {
      item: (hit, { html, components, sendEvent }) => html`
        <article class="hit">
          <a href="${ofShop(hit.url)}">
            ${hit.picture && html`<img src="${ofShop(hit.picture.url)}" alt="" loading="lazy" />`}
            <strong>${components.Highlight({ hit, attribute: "title" })}</strong>
          </a>
          <p>${hit.price} ${hit.currency}</p>
          <button onClick="${() => sendEvent("conversion", hit, "Added to basket")}" aria-label="Add ${hit.title} to the basket">
            Add to basket
          </button>
        </article>
      `,
      empty: ({ query }, { html }) => html`<p>Nothing is found for “${query}”.</p>`,
    },
  }),
  pagination({ container: "#pages", padding: 2 }),
]);

search.start();
