// Speaks as `aa(...)`, for InstantSearch's insights middleware and `sendEvent`: what shoppers do becomes our events.

import { createClient } from "../client.js";

const KINDS = {
  viewedObjectIDs: "view",
  clickedObjectIDs: "click",
  clickedObjectIDsAfterSearch: "click",
  addedToCartObjectIDs: "cart",
  addedToCartObjectIDsAfterSearch: "cart",
  purchasedObjectIDs: "order",
  purchasedObjectIDsAfterSearch: "order",
};
const CONVERSIONS = new Set(["convertedObjectIDs", "convertedObjectIDsAfterSearch"]);
const METHODS = {
  view: "viewedObjectIDs",
  click: "clickedObjectIDs",
  addToCart: "addedToCartObjectIDs",
  purchase: "purchasedObjectIDs",
  conversion: "convertedObjectIDs",
};

/**
 * A function to pass as `insightsClient`. Options are those of `createClient`, and `conversion`: what an event that is
 * only called a conversion counts as (`cart`).
 */
export function insightsClient({ conversion = "cart", userToken, ...options } = {}) {
  let visitor = userToken ?? options.visitor;
  const listeners = new Set();
  const clients = new Map();

  const client = () => {
    if (!clients.has(visitor)) clients.set(visitor, createClient({ ...options, visitor }));
    return clients.get(visitor);
  };

  const happened = (method, payload) => {
    const kind = KINDS[method] ?? (CONVERSIONS.has(method) ? conversion : null);
    // What is shown is recorded with the search itself; `view` is a product's own page.
    const automatic = kind === "view" && payload.algoliaSource?.includes("instantsearch-internal");
    if (!kind || automatic) return Promise.resolve();
    return client().sendEvents(payload.objectIDs.map((id, at) => eventOf(kind, id, at, payload)));
  };

  const methods = {
    init: (settings) => settings?.userToken && aa("setUserToken", settings.userToken),
    setUserToken(token) {
      visitor = token;
      for (const listener of listeners) listener(token);
    },
    setAuthenticatedUserToken: (token) => aa("setUserToken", token),
    getUserToken(_options, callback) {
      callback?.(null, visitor);
      return visitor;
    },
    onUserTokenChange(listener, { immediate = false } = {}) {
      if (!listener) return listeners.clear();
      listeners.add(listener);
      if (immediate && visitor) listener(visitor);
    },
    sendEvents: (events) =>
      Promise.all(
        events
          .filter(({ eventType, objectIDs }) => objectIDs && (eventType in METHODS))
          .map(({ eventType, eventSubtype, ...payload }) => happened(METHODS[eventSubtype ?? eventType], payload)),
      ),
  };

  function aa(method, ...given) {
    return methods[method] ? methods[method](...given) : happened(method, given[0] ?? {});
  }
  // Without `init`, which would ask for credentials.
  aa.version = "2.17.3";
  return aa;
}

function eventOf(kind, objectID, at, { queryID, positions, objectData }) {
  const data = objectData?.[at] ?? {};
  return {
    kind,
    product: objectID,
    ...(queryID && { search_id: queryID }),
    ...(positions && { position: positions[at] }),
    ...(data.quantity && { quantity: data.quantity }),
  };
}
