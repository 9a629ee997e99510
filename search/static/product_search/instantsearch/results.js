// Our answers as InstantSearch reads them: hits with their highlights, counts of facets, pages.

import { facetOf } from "./filters.js";
import { highlighted, snippet } from "./highlights.js";

const MOST_VALUES = 100;
export const MOST_HITS = 100;
// Hits that numbered pages reach.
export const DEPTH = 1000;

/** Hits of a page. */
export const sizeOf = ({ hitsPerPage = 20 }) => Math.min(hitsPerPage, MOST_HITS);

/** One of `results`, of the request with these `params`. */
export function resultOf({ indexName, params }, answer, { separator, fields, unsupported }) {
  const size = sizeOf(params);
  const page = params.page ?? 0;
  return {
    index: indexName,
    query: params.query ?? "",
    params: new URLSearchParams(Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)])).toString(),
    hits: answer.hits.map((hit) => hitOf(hit, params, fields)),
    nbHits: answer.total,
    page,
    hitsPerPage: size,
    nbPages: size ? Math.min(Math.ceil(answer.total / size), Math.floor(DEPTH / size)) : 0,
    ...countsOf(answer.facets, params, separator),
    ...exhaustiveness(answer),
    processingTimeMS: Math.round(answer.took_ms),
    ...(params.clickAnalytics && answer.search_id && { queryID: answer.search_id }),
    ...(answer.redirect && { renderingContent: { redirect: { url: answer.redirect } } }),
    ...(answer.banners.length && { userData: answer.banners }),
    ...(unsupported.length && { unsupported }),
    answer,
  };
}

/** Facet values that were looked for by name. */
export function facetHitsOf(found, { params, level, separator, limit }) {
  const values = found.values.filter((value) => level === null || value.depth === level);
  return {
    facetHits: values.slice(0, limit).map(({ value, label, count }) => ({
      value: level === null ? value : value.split("/").join(separator),
      highlighted: tagged(label, params),
      count,
    })),
    exhaustiveFacetsCount: true,
    processingTimeMS: Math.round(found.took_ms),
  };
}

/** `label` with its words, or their beginnings, that were typed within the tags. */
function tagged(label, { facetQuery = "", highlightPreTag = "<em>", highlightPostTag = "</em>" }) {
  const typed = facetQuery.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (!typed.length) return label;
  const beginnings = typed.sort((one, other) => other.length - one.length).join("|");
  const words = new RegExp(`(?<![\\p{L}\\p{N}])(?:${beginnings})`, "giu");
  return label.replace(words, (word) => `${highlightPreTag}${word}${highlightPostTag}`);
}

function hitOf(hit, params, fields) {
  const { attributesToRetrieve = ["*"], attributesToHighlight = ["*"], attributesToSnippet = [] } = params;
  const shown = Object.entries(hit.card).filter(([name]) => chosen(attributesToRetrieve, name));
  const marked = highlighted(hit, fields, params);
  const cut = [attributesToSnippet]
    .flat()
    .map((asked) => asked.split(":"))
    .flatMap(([name, words]) => (name === "*" ? Object.keys(marked) : [name]).map((each) => [each, words]))
    .filter(([name]) => marked[name]);
  return {
    ...Object.fromEntries(shown),
    objectID: String(hit.id),
    _highlightResult: Object.fromEntries(
      Object.entries(marked)
        .filter(([name]) => chosen(attributesToHighlight, name))
        .map(([name, mark]) => [name, mark.result]),
    ),
    ...(cut.length && {
      _snippetResult: Object.fromEntries(cut.map(([name, words]) => [name, snippet(marked[name], words, params)])),
    }),
  };
}

function chosen(names, name) {
  const listed = [names].flat();
  return (listed.includes("*") || listed.includes(name)) && !listed.includes(`-${name}`);
}

/** `facets` and `facets_stats`: an attribute of a level has the values of that level alone, written with separators. */
function countsOf(counted, { facets, maxValuesPerFacet = MOST_VALUES }, separator) {
  const asked = [facets ?? []].flat();
  const attributes = asked.includes("*") ? counted.flatMap(attributesOf) : asked;
  const counts = {};
  const stats = {};
  for (const attribute of attributes) {
    const { facet, level } = facetOf(attribute);
    const found = counted.find(({ name }) => name === facet);
    if (!found) continue;
    if (found.kind === "range") {
      // By their lower ends, as a rating menu adds them up.
      counts[attribute] = Object.fromEntries(found.buckets.map(({ low, count }) => [low, count]));
      if (found.low !== null) stats[attribute] = { min: found.low, max: found.high };
      continue;
    }
    const values = found.values.filter(({ count, depth }) => count && (level === null || depth === level));
    values.sort((one, other) => other.count - one.count); // a tree comes by branches
    counts[attribute] = Object.fromEntries(
      values
        .slice(0, maxValuesPerFacet)
        .map(({ value, count }) => [level === null ? value : value.split("/").join(separator), count]),
    );
  }
  return { facets: counts, ...(Object.keys(stats).length && { facets_stats: stats }) };
}

/** What `*` stands for: a facet, and each of its levels where it has several. */
function attributesOf({ name, values }) {
  const deepest = Math.max(0, ...values.map(({ depth }) => depth));
  return deepest ? [name, ...Array.from({ length: deepest + 1 }, (_, level) => `${name}.lvl${level}`)] : [name];
}

function exhaustiveness({ relation, notices }) {
  const nbHits = relation === "eq";
  const facetsCount = nbHits && !notices.some((notice) => notice.startsWith("facets-sampled"));
  return {
    exhaustiveNbHits: nbHits,
    exhaustiveFacetsCount: facetsCount,
    exhaustive: { nbHits, facetsCount },
  };
}
