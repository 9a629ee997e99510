// An e-commerce page of React InstantSearch. What is ours is the search client, and where events go.

import { createRoot } from "react-dom/client";
import {
  ClearRefinements,
  Configure,
  CurrentRefinements,
  HierarchicalMenu,
  Highlight,
  Hits,
  InstantSearch,
  Pagination,
  RangeInput,
  RefinementList,
  SearchBox,
  SortBy,
  Stats,
  ToggleRefinement,
} from "react-instantsearch";
import { insightsClient, instantSearchClient } from "./product_search/instantsearch.js";

const page = document.querySelector("[data-search]");
const { search: url, key } = page.dataset;
const options = { url, key: key || undefined };
const searchClient = instantSearchClient(options);
const insights = { insightsClient: insightsClient(options) };
// A card's addresses are the shop's, which may be of another origin than this page.
const ofShop = (path) => new URL(path, new URL(url, location.href)).href;

const CATEGORIES = ["category.lvl0", "category.lvl1", "category.lvl2"];
const SORTS = [
  { label: "Best first", value: "products" },
  { label: "Cheapest first", value: "products/price" },
  { label: "Dearest first", value: "products/-price" },
];
// Functions that stay the same: another would have the widget mounted anew.
const labels = {
  all: searchClient.labels(),
  brand: searchClient.labels("brand"),
  category: searchClient.labels("category.lvl0"),
  collection: searchClient.labels("collection"),
};

function Shop() {
  return (
    <InstantSearch
      indexName="products"
      searchClient={searchClient}
      insights={insights}
      routing
      future={{ preserveSharedStateOnUnmount: true }}
    >
      <Configure hitsPerPage={12} attributesToHighlight={["title"]} />
      <header>
        <h1>Shop</h1>
        <div role="search">
          <SearchBox placeholder="Red striped mug" />
        </div>
      </header>
      <aside aria-label="Filters">
        <ClearRefinements translations={{ resetButtonText: "Clear filters" }} />
        <Filter title="Categories">
          <HierarchicalMenu attributes={CATEGORIES} transformItems={labels.category} />
        </Filter>
        <Filter title="Brands">
          <RefinementList
            attribute="brand"
            searchable
            searchablePlaceholder="Search for a brand"
            transformItems={labels.brand}
          />
        </Filter>
        <Filter title="Collections">
          <RefinementList attribute="collection" operator="and" transformItems={labels.collection} />
        </Filter>
        <Filter title="Price">
          <RangeInput attribute="price" />
        </Filter>
        <ToggleRefinement attribute="in_stock" label="In stock" />
      </aside>
      <main>
        <div className="above">
          <Stats />
          <SortBy items={SORTS} />
        </div>
        <CurrentRefinements transformItems={labels.all} />
        <Hits hitComponent={Hit} />
        <nav aria-label="Pages">
          <Pagination padding={2} />
        </nav>
      </main>
    </InstantSearch>
  );
}

function Filter({ title, children }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Hit({ hit, sendEvent }) {
  return (
    <article className="hit">
      <a href={ofShop(hit.url)}>
        {hit.picture && <img src={ofShop(hit.picture.url)} alt="" loading="lazy" />}
        <strong>
          <Highlight hit={hit} attribute="title" />
        </strong>
      </a>
      <p>
        {hit.price} {hit.currency}
      </p>
      <button
        type="button"
        aria-label={`Add ${hit.title} to the basket`}
        onClick={() => sendEvent("conversion", hit, "Added to basket")}
      >
        Add to basket
      </button>
    </article>
  );
}

createRoot(page).render(<Shop />);
