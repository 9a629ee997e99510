// Where a hit's texts matched, marked in the members of its card that show those texts.

const PRE = "<em>";
const POST = "</em>";

/**
 * By member of the card that is a text: its characters, the places that matched, and `result`, as `_highlightResult`
 * has it. `fields` names the text of the document that a member shows, where that is called otherwise.
 */
export function highlighted({ card, highlights = [] }, fields, { highlightPreTag = PRE, highlightPostTag = POST }) {
  const texts = Object.entries(card).filter(([, text]) => typeof text === "string");
  return Object.fromEntries(
    texts.map(([name, text]) => {
      const characters = [...text]; // places are counted in code points
      const places = highlights
        .filter(({ field, start, end, words }) => {
          return field === (fields[name] ?? name) && characters.slice(start, end).join("") === words;
        })
        .sort((one, other) => one.start - other.start);
      return [name, { characters, places, result: resultOf(characters, places, highlightPreTag, highlightPostTag) }];
    }),
  );
}

/** The `words` of a text (ten without a number) around where it first matched, as `_snippetResult` has it. */
export function snippet({ characters, places }, words, params) {
  const { highlightPreTag = PRE, highlightPostTag = POST, snippetEllipsisText = "…" } = params;
  const most = Number(words ?? 10);
  const spans = [...characters.join("").matchAll(/\S+/gu)].map(({ 0: word, index }) => {
    const start = [...characters.join("").slice(0, index)].length;
    return { start, end: start + [...word].length };
  });
  const first = Math.max(0, spans.findIndex(({ end }) => places.length && end > places[0].start));
  const from = Math.max(0, Math.min(first - Math.floor(most / 2), spans.length - most));
  const shown = spans.slice(from, from + most);
  if (!shown.length) return { value: "", matchLevel: "none" };
  const start = shown[0].start;
  const { end } = shown.at(-1);
  const inside = places
    .filter((place) => place.start >= start && place.end <= end)
    .map((place) => ({ ...place, start: place.start - start, end: place.end - start }));
  const { value, matchLevel } = resultOf(characters.slice(start, end), inside, highlightPreTag, highlightPostTag);
  const before = from > 0 ? snippetEllipsisText : "";
  const after = from + most < spans.length ? snippetEllipsisText : "";
  return { value: `${before}${value}${after}`, matchLevel };
}

function resultOf(characters, places, pre, post) {
  let value = "";
  let at = 0;
  for (const { start, end } of places) {
    if (start < at) continue; // lies within one before
    value += `${characters.slice(at, start).join("")}${pre}${characters.slice(start, end).join("")}${post}`;
    at = end;
  }
  value += characters.slice(at).join("");
  const matchedWords = [...new Set(places.map(({ words }) => words.toLowerCase()))];
  if (!places.length) return { value, matchLevel: "none", matchedWords };
  const marked = places.reduce((sum, { start, end }) => sum + end - start, 0);
  const letters = characters.filter((character) => /[\p{L}\p{N}]/u.test(character)).length;
  const fullyHighlighted = marked >= letters;
  return { value, matchLevel: fullyHighlighted ? "full" : "partial", fullyHighlighted, matchedWords };
}
