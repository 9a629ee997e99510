// A search client for InstantSearch.js and React InstantSearch over /v1: pass it as `searchClient`.

import { createClient } from "./client.js";
import { clauses } from "./instantsearch/conditions.js";
import { conditionsOf, facetOf, valueOf } from "./instantsearch/filters.js";
import { DEPTH, facetHitsOf, MOST_HITS, resultOf, sizeOf } from "./instantsearch/results.js";
import { insightsClient } from "./instantsearch/insights.js";

export { insightsClient };

const SEARCHES_AT_ONCE = 20;
const SUPPORTED = new Set([
  "query", "page", "facets", "maxValuesPerFacet", "facetFilters", "numericFilters", "filters",
  "attributesToRetrieve", "attributesToHighlight", "attributesToSnippet", "highlightPreTag", "highlightPostTag",
  "snippetEllipsisText", "clickAnalytics", "userToken", "facetName", "facetQuery", "maxFacetHits",
]);
// Of what has one meaning here, the values that say just that.
const AS_IT_IS = {
  analytics: (value, { hitsPerPage }) => value || hitsPerPage === 0,
  distinct: Boolean,
  enablePersonalization: () => true,
  facetingAfterDistinct: Boolean,
  hitsPerPage: (value) => value <= MOST_HITS,
  tagFilters: (value) => value === "",
  typoTolerance: (value) => value === true || value === false,
};

/**
 * Options are those of `createClient`, and
 * - `sorts`: our sort by index name; of any other index it is what comes after the first slash: `products/-price`;
 * - `separator` between the levels of a hierarchy (" > ");
 * - `highlights`: by member of the card, the text of the document that it shows: `{brand: "brand_name"}`.
 */
export function instantSearchClient({ sorts = {}, separator = " > ", highlights = {}, ...options } = {}) {
  const clients = new Map();
  const labels = new Map();
  const warned = new Set();

  const clientOf = ({ userToken = options.visitor }) => {
    if (!clients.has(userToken)) clients.set(userToken, createClient({ ...options, visitor: userToken }));
    return clients.get(userToken);
  };

  const unsupportedOf = (params) => {
    const found = Object.keys(params).filter((name) => !supported(name, params));
    const unheard = found.filter((name) => !warned.has(name));
    unheard.forEach((name) => warned.add(name));
    if (unheard.length) console.warn(`product_search: not supported, and left out: ${unheard.join(", ")}.`);
    return found;
  };

  const learn = (facet, values) => {
    for (const { value, label } of values) labels.set(`${facet}:${value}`, label);
  };

  const several = async (requests) => {
    const asked = requests.map((request) => searchOf(request, sorts, separator));
    const { answers } = await clientOf(requests[0].params).searches(asked);
    return answers.map((answer, at) => {
      for (const { name, values } of answer.facets) learn(name, values);
      const unsupported = unsupportedOf(requests[at].params);
      return resultOf(requests[at], answer, { separator, fields: highlights, unsupported });
    });
  };

  const facetValues = async ({ indexName, params }) => {
    const { facet, level } = facetOf(params.facetName);
    const { q, where, spelling, personal } = searchOf({ indexName, params }, sorts, separator);
    const limit = Math.min(params.maxFacetHits ?? 10, MOST_HITS);
    const found = await clientOf(params).facetValues(facet, {
      ...{ q, where, spelling, personal },
      matching: params.facetQuery,
      limit: level === null ? limit : MOST_HITS, // values of other levels are among them
    });
    learn(facet, found.values);
    return facetHitsOf(found, { params, level, separator, limit });
  };

  return {
    /** An answer to each of `requests`, by one request for up to twenty. */
    async search(requests) {
      const given = requests.map(({ indexName, params = {}, ...request }) => ({ ...request, indexName, params }));
      const searches = given.filter(({ type }) => type !== "facet");
      const groups = [];
      for (let at = 0; at < searches.length; at += SEARCHES_AT_ONCE) {
        groups.push(several(searches.slice(at, at + SEARCHES_AT_ONCE)));
      }
      const found = (await Promise.all(groups)).flat();
      const results = given.map(({ type, facet, params, indexName }) =>
        type === "facet" ? facetValues({ indexName, params: { ...params, facetName: facet } }) : found.shift(),
      );
      return { results: await Promise.all(results) };
    },

    /** The values of a facet by their names, for each of `requests`. */
    searchForFacetValues: (requests) => Promise.all(requests.map(facetValues)),

    /** For `transformItems` of a list, a menu or current refinements: items with the labels of their values. */
    labels: (attribute) => (items) => items.map((item) => labelled(item, attribute)),
  };

  function labelled(item, attribute) {
    if (item.refinements) return { ...item, refinements: item.refinements.map((each) => labelled(each, item.attribute)) };
    const value = valueOf(attribute, String(item.value).replace(/^\\-/, "-"), separator);
    const label = labels.get(`${facetOf(attribute).facet}:${value}`) ?? item.label;
    return {
      ...item,
      label,
      ...("highlighted" in item && item.highlighted === item.label && { highlighted: label }),
      ...(item.data && { data: item.data.map((each) => labelled(each, attribute)) }),
    };
  }
}

function supported(name, params) {
  const value = params[name];
  if (value === undefined || value === null || (Array.isArray(value) && !value.length)) return true;
  return SUPPORTED.has(name) || Boolean(AS_IT_IS[name]?.(value, params));
}

/** A request as `v1/searches` takes it. */
function searchOf({ indexName, params }, sorts, separator) {
  const size = sizeOf(params);
  const page = (params.page ?? 0) + 1;
  const reached = page * size <= DEPTH;
  const names = [params.facets ?? []].flat();
  const sort = sorts[indexName] ?? indexName.split("/").slice(1).join("/");
  return {
    q: params.query ?? "",
    where: clauses(conditionsOf(params, separator)),
    ...(sort && { sort }),
    page: reached ? page : 1,
    per_page: reached ? size : 0,
    ...(!names.includes("*") && { facets: [...new Set(names.map((name) => facetOf(name).facet))] }),
    highlight: Boolean(params.query) && size > 0,
    ...(params.typoTolerance === false && { spelling: "off" }),
    ...(params.enablePersonalization === false && { personal: "off" }),
  };
}
