import type { Answer, ClientOptions } from "./client.js";

export interface InstantSearchOptions extends ClientOptions {
  /** Our sort by the name of an index; of any other it is what comes after the first slash: `products/-price`. */
  sorts?: Record<string, string>;
  /** Between the levels of a hierarchy: " > " unless given. */
  separator?: string;
  /** By member of the card, the text of the document that it shows: `{brand: "brand_name"}`. */
  highlights?: Record<string, string>;
}

/** A search of InstantSearch's, or values of a facet where its `type` is `facet`. */
export interface Request {
  indexName: string;
  params?: object;
  type?: "default" | "facet";
  facet?: string;
}

export interface Result {
  hits: any[];
  nbHits: number;
  nbPages: number;
  page: number;
  hitsPerPage: number;
  facets: Record<string, Record<string, number>>;
  facets_stats?: Record<string, { min: number; max: number }>;
  queryID?: string;
  /** Parameters that do nothing here. */
  unsupported?: string[];
  /** All that the shop answered. */
  answer: Answer;
  [member: string]: any;
}

export interface FacetHits {
  facetHits: { value: string; highlighted: string; count: number }[];
  exhaustiveFacetsCount: boolean;
  processingTimeMS: number;
}

/** What InstantSearch takes as `searchClient`. */
export interface InstantSearchClient {
  search(requests: readonly Request[]): Promise<{ results: any[] }>;
  searchForFacetValues(requests: any): Promise<any>;
  /** For `transformItems`: items with the names of their values; without an attribute for current refinements. */
  labels(attribute?: string): <Item>(items: Item[]) => Item[];
}

export function instantSearchClient(options?: InstantSearchOptions): InstantSearchClient;

export interface InsightsOptions extends ClientOptions {
  /** What an event that is only called a conversion counts as: `cart` unless given. */
  conversion?: "view" | "click" | "cart" | "order";
  userToken?: string;
}

/** For `insights: {insightsClient}`. */
export function insightsClient(options?: InsightsOptions): any;
