// The search client is what InstantSearch and React InstantSearch take as one, and mistakes are told.
import instantsearch from "instantsearch.js";
import { currentRefinements, refinementList } from "instantsearch.js/es/widgets";
import type { InstantSearchProps } from "react-instantsearch";
import { insightsClient, instantSearchClient } from "../../../search/static/product_search/instantsearch.js";

const searchClient = instantSearchClient({ url: "/search", key: "pk", sorts: { cheap: "price" }, separator: "/" });
const search = instantsearch({
  indexName: "products",
  searchClient,
  insights: { insightsClient: insightsClient({ url: "/search", conversion: "order" }) },
});
search.addWidgets([
  refinementList({ container: "#a", attribute: "brand", transformItems: searchClient.labels("brand") }),
  currentRefinements({ container: "#b", transformItems: searchClient.labels() }),
]);
export const props: InstantSearchProps = { indexName: "products", searchClient };

// @ts-expect-error
instantSearchClient({ sort: { cheap: "price" } });
// @ts-expect-error
insightsClient({ conversion: "bought" });
