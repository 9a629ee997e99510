// Tells our insights client what shoppers do: `node insights.js SHOP QUERY_ID IDS`; prints what it says of tokens.
import { insightsClient } from "../../../search/static/product_search/instantsearch.js";

const [, , url, queryID, ids] = process.argv;
const objectIDs = JSON.parse(ids);
const aa = insightsClient({ url, userToken: "v" });
const heard = [];
let token;
aa("init", { appId: "a", apiKey: "b" });
aa("getUserToken", null, (_error, known) => (token = known));
aa("onUserTokenChange", (changed) => heard.push(changed), { immediate: true });
await aa("clickedObjectIDsAfterSearch", { eventName: "Hit Clicked", queryID, objectIDs: [objectIDs[1]], positions: [2] });
await aa("convertedObjectIDsAfterSearch", { eventName: "Bought", queryID, objectIDs: [objectIDs[0]] });
// What is shown is recorded with the search.
await aa("viewedObjectIDs", { eventName: "Hits Viewed", objectIDs, algoliaSource: ["instantsearch", "instantsearch-internal"] });
await aa("viewedObjectIDs", { eventName: "Page Viewed", objectIDs: [objectIDs[0]] });
await aa("clickedFilters", { eventName: "Filter Applied", filters: ["brand:acme"] });
await aa("sendEvents", [
  { eventType: "instantsearch", eventName: "__start__" },
  { eventType: "conversion", eventSubtype: "addToCart", queryID, objectIDs: [objectIDs[0]] },
]);
await aa("purchasedObjectIDs", { eventName: "Order", objectIDs, objectData: [{ quantity: 2 }, {}] });
aa("setUserToken", "w");
console.log(JSON.stringify({ token, heard }));
