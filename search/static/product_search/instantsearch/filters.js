// Reads what InstantSearch filters by (`facetFilters`, `numericFilters`, `filters`) into trees of conditions. Whatever
// can't be read is an error that quotes it: a filter is never left out.

import { all, any, literal, not } from "./conditions.js";

const LEVEL = /\.lvl(\d+)$/;
const NUMBER = "-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?";
const COMPARISON = new RegExp(`^(.+?)\\s*(<=|>=|!=|<|>|=)\\s*(${NUMBER})$`, "i");
const SPAN = new RegExp(`^(.+?)\\s*:\\s*(${NUMBER})\\s+TO\\s+(${NUMBER})$`, "i");

/** Our facet of an attribute, and its level where the attribute is one of a hierarchy: `category.lvl1`. */
export function facetOf(attribute) {
  const level = LEVEL.exec(attribute);
  return { facet: attribute.replace(LEVEL, ""), level: level ? Number(level[1]) : null };
}

/** A value of `attribute` as our facets have it: `kitchen > mugs` of a level is `kitchen/mugs`. */
export function valueOf(attribute, value, separator) {
  return LEVEL.test(attribute) ? value.split(separator).join("/") : value;
}

/** The conditions of all three parameters as one tree. */
export function conditionsOf({ facetFilters, numericFilters, filters }, separator) {
  return all([
    nested(facetFilters, (text) => facetFilter(text, separator)),
    nested(split(numericFilters), numericFilter),
    filters?.trim() ? new Reader(filters, separator).tree() : all([]),
  ]);
}

/** `["a", ["b", "c"]]` is a, and b or c; `read` makes a tree of each text. */
function nested(given, read, combine = all, other = any) {
  if (given === undefined || given === null || given === "") return all([]);
  if (typeof given === "string") return read(given);
  const parts = given.filter((part) => part.length);
  return parts.length ? combine(parts.map((part) => nested(part, read, other, combine))) : all([]);
}

const split = (given) => (typeof given === "string" ? given.split(",").map((part) => part.trim()) : given);

/** `brand:acme`; `-brand:acme` and `brand:-acme` are not so, `brand:\-acme` is the value `-acme`. */
function facetFilter(text, separator) {
  const [, sign, attribute, minus, value] = /^(-?)([^:]+):(-?)([^]*)$/.exec(text) ?? unreadable("facetFilters", text);
  const one = facetLiteral(attribute, value.replace(/^\\-/, "-"), separator);
  return sign || minus ? not(one) : one;
}

function facetLiteral(attribute, value, separator) {
  return literal(facetOf(attribute).facet, valueOf(attribute, value, separator));
}

function numericFilter(text) {
  const negated = /^(?:-|NOT\s+)(.*)$/.exec(text.trim());
  const asked = negated ? negated[1] : text.trim();
  const span = SPAN.exec(asked);
  const [, attribute, operator, number] = (!span && COMPARISON.exec(asked)) || (span ? [] : unreadable("numericFilters", text));
  const tree = span ? between(span[1], span[2], span[3]) : comparison(attribute, operator, number);
  return negated ? not(tree) : tree;
}

function comparison(facet, operator, number) {
  const n = decimal(number);
  const just = literal(facet, `${n}..${n}`);
  switch (operator) {
    case "=":
      return just;
    case "!=":
      return not(just);
    case "<=":
      return literal(facet, `..${n}`);
    case ">=":
      return literal(facet, `${n}..`);
    case "<": // our ends are within a range
      return all([literal(facet, `..${n}`), not(just)]);
    default:
      return all([literal(facet, `${n}..`), not(just)]);
  }
}

function between(facet, low, high) {
  if (Number(low) > Number(high)) unreadable("a range whose lower end is", `${low} TO ${high}`);
  return literal(facet, `${decimal(low)}..${decimal(high)}`);
}

/** A number as our ranges write it: six places at most, no exponent. */
function decimal(text) {
  const number = Number(text);
  if (Math.abs(number) >= 1e15) unreadable("a number beyond 15 digits:", text);
  return Number.isInteger(number) ? String(number) : number.toFixed(6).replace(/\.?0+$/, "");
}

/** The `filters` string: AND, OR, NOT, parentheses, quotes, numbers and TO. */
class Reader {
  constructor(text, separator) {
    Object.assign(this, { text, separator, at: 0 });
  }

  tree() {
    const tree = this.combined();
    if (this.at < this.text.length) this.fail("the end");
    return tree;
  }

  /** Parts between AND or between OR; both side by side mean nothing definite. */
  combined() {
    const parts = [this.part()];
    let operator = null;
    for (let found; (found = this.take(/(AND|OR)(?![^\s("'])/y)); parts.push(this.part())) {
      if (operator && operator !== found[1]) this.fail("parentheses where AND and OR stand side by side");
      operator = found[1];
    }
    return parts.length === 1 ? parts[0] : operator === "OR" ? any(parts) : all(parts);
  }

  part() {
    if (this.take(/NOT(?![^\s("'])/y)) return not(this.part());
    if (!this.take(/\(/y)) return this.condition();
    const tree = this.combined();
    if (!this.take(/\)/y)) this.fail(")");
    return tree;
  }

  condition() {
    const attribute = this.quoted() ?? this.take(/[^\s():<>=!"',]+/y)?.[0] ?? this.fail("an attribute");
    const compared = this.take(new RegExp(`(<=|>=|!=|<|>|=)\\s*(${NUMBER})(?![^\\s)])`, "iy"));
    if (compared) return comparison(attribute, compared[1], compared[2]);
    if (!this.take(/:/y)) this.fail(": or a comparison with a number");
    const span = this.take(new RegExp(`(${NUMBER})\\s+TO\\s+(${NUMBER})(?![^\\s)])`, "iy"));
    if (span) return between(attribute, span[1], span[2]);
    const value = this.quoted() ?? this.take(/[^\s()<]+/y)?.[0] ?? this.fail("a value");
    return facetLiteral(attribute, value, this.separator);
  }

  quoted() {
    const found = this.take(/(["'])((?:\\[^]|(?!\1)[^\\])*)\1/y);
    return found ? found[2].replace(/\\([^])/g, "$1") : undefined;
  }

  /** What `pattern` meets here, after spaces, which is then passed; null where it meets nothing. */
  take(pattern) {
    pattern.lastIndex = this.at + /^\s*/.exec(this.text.slice(this.at))[0].length;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex + /^\s*/.exec(this.text.slice(pattern.lastIndex))[0].length;
    return found;
  }

  fail(expected) {
    const before = this.text.slice(0, this.at);
    throw new Error(`filters: expected ${expected} after ${JSON.stringify(before)} in ${JSON.stringify(this.text)}.`);
  }
}

function unreadable(what, text) {
  throw new Error(`${what}: ${JSON.stringify(text)} can't be read.`);
}
