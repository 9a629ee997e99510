// Prints what our search client answers: `node ask.js OPTIONS CALLS`, JSON each; a call is `[method, requests]`.
import { instantSearchClient } from "../../../search/static/product_search/instantsearch.js";

const [, , options, calls] = process.argv;
const warnings = [];
const asked = [];
console.warn = (text) => warnings.push(text);
const fetch = (to, request) => {
  asked.push([request.method ?? "GET", new URL(to).pathname, request.headers["X-Visitor"] ?? null]);
  return globalThis.fetch(to, request);
};
const client = instantSearchClient({ ...JSON.parse(options), fetch });
const answers = [];
for (const [method, requests] of JSON.parse(calls)) {
  try {
    answers.push(await client[method](requests));
  } catch (error) {
    answers.push({ refused: error.message, code: error.code, parameter: error.parameter });
  }
}
console.log(JSON.stringify({ answers, warnings, asked }));
