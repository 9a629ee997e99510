// Speaks with /v1 for pages and servers: fetch and nothing else. Types and what each call takes: client.d.ts.

const LONGEST_ADDRESS = 2000;

/** A request that was refused, or came to nothing: branch on `code`, show `message`. */
export class Problem extends Error {
  constructor({ status = 0, code, detail = "", parameter, instance }, retryAfter) {
    super(detail || code);
    Object.assign(this, { name: "Problem", status, code, detail, parameter, instance, retryAfter });
  }
}

/** A client of the endpoints below `url`, where the shop mounts them. */
export function createClient({ url = "/search", key, language, currency, channel, visitor, csrf, fetch } = {}) {
  const send = fetch ?? ((...request) => globalThis.fetch(...request));
  // A browser would ask each address beforehand whether it may send the header to another origin.
  const keyInAddress = key && "location" in globalThis;
  const ours = keyInAddress ? { key } : {};
  const context = { language, currency, channel };

  const address = (path, parameters = {}) => {
    const query = new URLSearchParams(pairs({ ...parameters, ...ours })).toString();
    return `${url}/v1/${path}${query && "?"}${query}`;
  };

  const headers = (posting) => ({
    ...(key && !keyInAddress && { Authorization: `Bearer ${key}` }),
    ...(visitor && { "X-Visitor": visitor }),
    ...(posting && csrf && { "X-CSRFToken": typeof csrf === "function" ? csrf() : csrf }),
  });

  const get = (path, parameters, { signal } = {}) =>
    answer(address(path, { ...context, ...parameters }), { headers: headers(false), signal });

  const post = (path, parameters, { signal } = {}) => {
    const { language, currency, channel, ...body } = { ...context, ...parameters };
    const form = hasBlob(body) && new FormData();
    if (form) for (const [name, value] of pairs(body)) form.append(name, value);
    return answer(address(path, { language, currency, channel }), {
      method: "POST",
      headers: { ...headers(true), ...(!form && { "Content-Type": "application/json" }) },
      body: form || JSON.stringify(body),
      signal,
    });
  };

  const answer = async (to, request) => {
    let response, body;
    try {
      response = await send(to, request);
      body = await response.text();
    } catch (error) {
      if (request.signal?.aborted || error.name === "AbortError") throw error;
      throw new Problem({ code: "offline", detail: error.message });
    }
    try {
      body = JSON.parse(body);
    } catch {
      body = null;
    }
    if (response.ok && body) return body;
    const { status, statusText } = response;
    const problem = body?.code ? body : { status, code: "unexpected_answer", detail: `${status} ${statusText}` };
    throw new Problem(problem, Number(response.headers.get("Retry-After")) || undefined);
  };

  return {
    search(parameters = {}, options) {
      const long = () => address("search", { ...context, ...parameters }).length > LONGEST_ADDRESS;
      const posted = parameters.vectors || parameters.picture_url || hasBlob(parameters) || long();
      return (posted ? post : get)("search", parameters, options);
    },
    searches: (searches, options) => post("searches", { searches }, options),
    facetValues: (name, parameters, options) => get(`facets/${encodeURIComponent(name)}`, parameters, options),
    suggest: (q, { limit, signal } = {}) => get("suggest", { q, limit }, { signal }),
    related: (q, { limit, signal } = {}) => get("related", { q, limit }, { signal }),
    similar: (id, { signal, ...parameters } = {}) =>
      get(`products/${encodeURIComponent(id)}/similar`, parameters, { signal }),
    recommend: (parameters, options) => get("recommend", parameters, options),
    classify: (parameters, options) => post("classify", parameters, options),
    tags: (picture, options) => post("tags", { picture }, options),
    async sendEvents(events) {
      const body = JSON.stringify({ events, visitor });
      const to = address("events");
      const plain = !csrf && (keyInAddress || !key);
      // A beacon outlives the page, and takes no headers.
      if (plain && globalThis.navigator?.sendBeacon?.(to, body)) return;
      await answer(to, { method: "POST", headers: headers(true), body, keepalive: true });
    },
  };
}

const isBlob = (value) => value instanceof Blob;
const hasBlob = (parameters) => Object.values(parameters).flat().some(isBlob);

/** Parameters as an address or a form holds them: `filters` one by one, lists repeated or joined. */
function pairs(parameters) {
  return Object.entries(parameters).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    if (name === "filters") {
      const named = Object.entries(value).map(([facet, chosen]) => [`filter.${facet}`, chosen]);
      return pairs(Object.fromEntries(named));
    }
    if (name === "where") return value.map((clause) => [name, JSON.stringify(clause)]);
    if (["facets", "plain", "fields"].includes(name)) return [[name, [value].flat().join()]];
    return [value].flat().map((one) => [name, isBlob(one) ? one : String(one)]);
  });
}
