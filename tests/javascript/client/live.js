// Asks a running shop whatever the client can ask, and prints what came: `node live.js SHOP MUG PICTURE`.
import { readFileSync } from "node:fs";
import { createClient, Problem } from "../../../search/static/product_search/client.js";

const [, , url, mug, file] = process.argv;
const asked = [];
const fetch = (to, request) => {
  asked.push(`${request.method ?? "GET"} ${to.slice(url.length).split("?")[0]}`);
  return globalThis.fetch(to, request);
};
const client = createClient({ url, language: "en", visitor: "v-1", fetch });
const picture = new Blob([readFileSync(file)], { type: "image/png" });
const refused = (promise) =>
  promise.then(
    () => "answered",
    (error) => ({ name: error.name, problem: error instanceof Problem, ...error }),
  );

const gone = new AbortController();
gone.abort();
const words = await client.search({ q: "mug", filters: { category: ["kitchen/mugs"], in_stock: true }, facets: [] });
const first = await client.search({ q: "", sort: "price", per_page: 3, cursor: "new" });
const results = {
  words,
  pages: [first.hits.length, (await client.search({ sort: "price", per_page: 3, cursor: first.next })).hits.length],
  long: await client.search({ q: "mug", viewed: Array.from({ length: 50 }, (_, n) => `${"x".repeat(80)}${n}`) }),
  picture: await client.search({ picture, filters: { in_stock: false }, facets: ["price", "brand"], highlight: true }),
  like: await client.search({ like: [mug], "unlike^0.5": picture }),
  several: await client.searches([{ q: "mug", per_page: 0, where: [["-category:kitchen/bowls"]] }, { language: "de" }]),
  where: await client.search({ where: [["price:..10", "price:40.."], ["-in_stock:true"]], facets: [] }),
  values: await client.facetValues("category", { q: "", matching: "bow", limit: 5 }),
  vectors: await client.search({ vectors: [{ vector: Array(64).fill(0.5), kind: "text" }], fields: ["total", "page"] }),
  suggest: await client.suggest("red mu", { limit: 3 }),
  related: await client.related("mug"),
  similar: await client.similar(mug, { limit: 2 }),
  recommend: await client.recommend({ for: [mug], by: "look", limit: 2, filters: { price: "..50" } }),
  classify: await client.classify({ picture, labels: ["mug", "bowl"] }),
  labels: await client.classify({ text: "holds coffee", labels: ["mug", "bowl"] }),
  tags: await client.tags(picture),
  german: await createClient({ url, language: "de" }).search({ facets: ["category"], per_page: 1 }),
  refused: await refused(client.search({ page: 0 })),
  elsewhere: await refused(createClient({ url: url.replace("/search", "/nowhere") }).search()),
  offline: await refused(createClient({ url: "http://127.0.0.1:9" }).search({ q: "mug" })),
  busy: await refused(createClient({ fetch: async () => Response.json({ code: "busy", status: 503, detail: "Later." },
    { status: 503, headers: { "Retry-After": "7" } }) }).search()),
  aborted: await refused(client.search({ q: "mug" }, { signal: gone.signal })),
};
await client.sendEvents([{ kind: "click", product: words.hits[0].id, search_id: words.search_id, position: 1 }]);
console.log(JSON.stringify({ ...results, asked }));
