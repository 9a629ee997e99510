// Checked by the strict compiler: what is right is accepted, and each line below "@ts-expect-error" is refused.
import { createClient, Problem } from "../../../search/static/product_search/client.js";
import type { Answer, Client, Hit } from "../../../search/static/product_search/client.js";

const client: Client = createClient({ url: "https://shop.example/search", key: "k", language: "de", csrf: () => "t" });
const picture = new Blob([]);
const { signal } = new AbortController();

export async function right(): Promise<string[]> {
  const found: Answer = await client.search(
    {
      q: "mug", filters: { brand: ["acme"], in_stock: true }, where: [["brand:acme", "-colour:red"]], facets: ["brand"],
      sort: "-price", page: 2, per_page: 12, fields: ["hits.id"], highlight: true, picture, picture_url: "https://a/b.jpg",
      vectors: [{ vector: [0.6, 0.8], kind: "text", weight: 0.5 }], like: [17, "23^0.5", picture], "unlike^0.25": picture,
      more: ["red^0.5"], less: ["floral"], personal: "off", currency: "EUR", channel: "web",
    },
    { signal },
  );
  const next = await client.search({ cursor: found.next });
  const { answers } = await client.searches([{ q: "mug", per_page: 0 }, { q: "cup" }]);
  const { values } = await client.facetValues("brand", { q: "mug", matching: "ac", limit: 5 });
  const { queries, products } = await client.suggest("re", { limit: 3, signal });
  const { queries: related } = await client.related("mug");
  const similar = await client.similar(17, { limit: 3, q: "in red" });
  const beside = await client.recommend({ for: [17, "23"], by: "look", filters: { brand: "acme" } });
  const { said } = await client.classify({ picture, labels: ["mug", "bowl"] });
  const { attributes } = await client.tags(picture);
  const hits: Hit[] = [...next.hits, ...similar.hits, ...beside.hits, ...answers.flatMap((one) => one.hits)];
  await client.sendEvents([{ kind: "click", product: hits[0].id, search_id: found.search_id, position: 1 }]);
  return [said, ...queries, ...related, String(products[0]?.id), values[0].label, attributes[0].name];
}

export function told(error: unknown): number {
  if (error instanceof Problem && error.code === "too_many_requests") return error.retryAfter ?? error.status;
  throw error;
}

// @ts-expect-error: no such parameter
client.search({ query: "mug" });
// @ts-expect-error: a number
client.search({ page: "2" });
// @ts-expect-error: a picture is a file
client.search({ picture: "photo.jpg" });
// @ts-expect-error: no such kind of vector
client.search({ vectors: [{ vector: [1], kind: "sound" }] });
// @ts-expect-error: clauses are lists of alternatives
client.search({ where: ["brand:acme"] });
// @ts-expect-error: a basket is a list
client.recommend({ for: 17 });
// @ts-expect-error: no such kind of event
client.sendEvents([{ kind: "look", product: 17 }]);
// @ts-expect-error: hits have no title of their own; the card has
client.search().then((found) => found.hits[0].title);
// @ts-expect-error: several searches take no picture
client.searches([{ picture }]);
// @ts-expect-error: no such option
createClient({ token: "k" });
// @ts-expect-error: no such code
export const gone = (problem: Problem): boolean => problem.code === "not_there";
