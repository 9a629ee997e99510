// Conditions as a tree (`all`, `any`, literals), and as `where` takes them: clauses that must all hold, each of
// alternatives. A tree of another shape is multiplied out, as far as the API reads that many clauses.

const MOST_CLAUSES = 50;
const MOST_LITERALS = 200;

export const all = (parts) => ({ all: parts });
export const any = (parts) => ({ any: parts });
export const literal = (facet, value) => ({ facet, value, negated: false });

/** What holds where `tree` does not. */
export function not(tree) {
  if (tree.all) return any(tree.all.map(not));
  if (tree.any) return all(tree.any.map(not));
  return { ...tree, negated: !tree.negated };
}

/** `tree` as clauses of literals, `facet:value` or `-facet:value`; throws where they are more than the API reads. */
export function clauses(tree) {
  const found = multiplied(tree);
  if (found.reduce((sum, clause) => sum + clause.length, 0) > MOST_LITERALS) throw tooMany();
  return found;
}

function multiplied(tree) {
  if (tree.all) {
    const parts = tree.all.flatMap(multiplied);
    if (parts.length > MOST_CLAUSES) throw tooMany();
    return parts;
  }
  if (!tree.any) return [[`${tree.negated ? "-" : ""}${tree.facet}:${tree.value}`]];
  return tree.any.map(multiplied).reduce((product, part) => {
    if (product.length * part.length > MOST_CLAUSES) throw tooMany();
    return product.flatMap((clause) => part.map((other) => [...new Set([...clause, ...other])]));
  });
}

const tooMany = () =>
  new Error(`These filters come to more than ${MOST_CLAUSES} alternatives (or ${MOST_LITERALS} values): ask for less.`);
