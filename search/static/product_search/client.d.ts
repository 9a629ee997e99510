import type { components } from "./openapi.js";

type Schemas = components["schemas"];

/** What a problem may be: the API's codes, and two of the client's own. */
export type Code = Schemas["CodeEnum"] | "offline" | "unexpected_answer";

export type Answer = Schemas["Answer"];
export type Answers = Schemas["Answers"];
export type Classified = Schemas["Classified"];
export type Event = Schemas["Event"];
export type Facet = Schemas["Facet"];
export type FacetValue = Schemas["FacetValue"];
export type FacetValues = Schemas["FacetValues"];
export type Hit = Schemas["Hit"];
export type Related = Schemas["Related"];
export type Suggestions = Schemas["Suggestions"];
export type Tags = Schemas["Tags"];

export type Filters = NonNullable<Schemas["SearchBody"]["filters"]>;

/** What a search may ask for, as a JSON body has it, and pictures beside it. */
export interface SearchParameters extends Omit<Schemas["SearchBody"], "like" | "unlike"> {
  /** The picture to search with. */
  picture?: Blob;
  /** Products to be like, by their ids (`17^0.5` with a weight), and pictures. */
  like?: (string | number | Blob)[];
  unlike?: (string | number | Blob)[];
  /** Pictures with a weight: `{"like^0.5": picture}`. */
  [weighted: `like^${number}` | `unlike^${number}`]: Blob | Blob[];
}

/** One search of several, without pictures. */
export type SearchInOne = Omit<
  SearchParameters,
  "picture" | "picture_url" | "like" | "unlike" | `like^${number}` | `unlike^${number}`
> & { like?: (string | number)[]; unlike?: (string | number)[] };

export interface RecommendParameters {
  /** Products' primary keys: one, or a basket. */
  for: (string | number)[];
  by?: "look" | "text" | "both";
  complements?: boolean;
  /** From 0, the nearest, to 1, far apart. */
  diversity?: number;
  limit?: number;
  filters?: Filters;
}

export interface ClassifyParameters {
  picture?: Blob;
  labels?: string[];
  text?: string;
}

export interface ClientOptions {
  /** Where the shop mounts the endpoints, with or without an origin; `/search` unless given. */
  url?: string;
  /** A key for these endpoints. Only publishable ones belong into a page. */
  key?: string;
  language?: string;
  currency?: string;
  channel?: string;
  /** What tells this visitor from others today, where there is no session: anything random. */
  visitor?: string;
  /** Django's CSRF token, or what gives it: signed-in shoppers' POSTs need one. */
  csrf?: string | (() => string);
  fetch?: typeof globalThis.fetch;
}

export interface Abortable {
  signal?: AbortSignal;
}

/**
 * A request that was refused, or came to nothing. `code` is stable: the API's, or `offline` where the network failed,
 * or `unexpected_answer` where something between answered. An aborted request throws its `AbortError` instead.
 */
export class Problem extends Error {
  constructor(
    problem: { status?: number; code: Code; detail?: string; parameter?: string; instance?: string },
    retryAfter?: number,
  );
  readonly name: "Problem";
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: Code;
  /** For people. */
  readonly detail: string;
  /** Which parameter is at fault, if one is. */
  readonly parameter: string | undefined;
  /** Names the request in the shop's log. */
  readonly instance: string | undefined;
  /** Seconds after which to ask again. */
  readonly retryAfter: number | undefined;
}

export interface Client {
  /** By GET where it fits into an address, so that caches help; else by POST. */
  search(parameters?: SearchParameters, options?: Abortable): Promise<Answer>;
  /** Several searches in one request. */
  searches(searches: SearchInOne[], options?: Abortable): Promise<Answers>;
  /** Values of a facet among what a search finds, those whose labels have the words `matching`. */
  facetValues(
    name: string,
    parameters?: SearchInOne & { matching?: string; limit?: number },
    options?: Abortable,
  ): Promise<FacetValues>;
  /** What may be meant by what is typed so far. */
  suggest(q: string, options?: Abortable & { limit?: number }): Promise<Suggestions>;
  /** What is searched for beside it. */
  related(q: string, options?: Abortable & { limit?: number }): Promise<Related>;
  /** What looks and reads like a product; `q` says in which way to differ. */
  similar(id: string | number, options?: Abortable & { limit?: number; q?: string }): Promise<Answer>;
  recommend(parameters: RecommendParameters, options?: Abortable): Promise<Answer>;
  classify(parameters: ClassifyParameters, options?: Abortable): Promise<Classified>;
  /** What a picture shows, by the shop's vocabulary. */
  tags(picture: Blob, options?: Abortable): Promise<Tags>;
  /** Outlives the page where a beacon can be sent. */
  sendEvents(events: Event[]): Promise<void>;
}

export function createClient(options?: ClientOptions): Client;
