import { redact } from '../redact.ts';
import { isObject } from './schema-nodes.ts';

export interface Difference {
  /** A name of `JOURNAL_FIELDS`, or `request.metadata.order_id`. */
  readonly field: string;
  readonly expected: unknown;
  /** Redacted; null when the call has nothing there. */
  readonly received: unknown;
}

/**
 * What a body lacks of what is expected; empty when it contains it. An object contains the members that are expected. An
 * array contains the elements that are expected, in any order: each of them in an element of its own.
 */
export function compareBodies(received: unknown, expected: unknown, field: string): Difference[] {
  if (Array.isArray(expected)) {
    if (Array.isArray(received)) return compareArrays(received, expected, field);
  } else if (isObject(expected)) {
    if (isObject(received) && !Array.isArray(received)) {
      return Object.entries(expected).flatMap(([key, value]) =>
        compareBodies(Object.hasOwn(received, key) ? received[key] : undefined, value, `${field}.${key}`),
      );
    }
  } else if (received === expected) {
    return [];
  }
  return [{ field, expected, received: redacted(field, received) }];
}

function compareArrays(received: readonly unknown[], expected: readonly unknown[], field: string): Difference[] {
  const takenBy = assign(received, expected);
  const missing = [...expected.keys()].filter((index) => !takenBy.includes(index));
  const free = new Set([...received.keys()].filter((place) => takenBy[place] === undefined));
  return missing.flatMap((index) => {
    const at = `${field}.${index}`;
    // The element in the same place first: of equally near ones, it is the likeliest to be meant.
    const places = [index, ...free].filter((place) => free.has(place));
    const compared = places.map((place) => ({ place, differs: compareBodies(received[place], expected[index], at) }));
    const [nearest] = compared.toSorted((one, other) => one.differs.length - other.differs.length);
    if (!nearest) return [{ field: at, expected: expected[index], received: null }];
    free.delete(nearest.place);
    return nearest.differs;
  });
}

/**
 * Gives as many of the expected elements as possible an element of their own that contains them.
 * @returns by the place of a received element, the expected one that has it
 */
function assign(received: readonly unknown[], expected: readonly unknown[]): (number | undefined)[] {
  const takenBy: (number | undefined)[] = received.map(() => undefined);
  const contains = received.map(() => new Map<number, boolean>());
  const fits = (place: number, index: number): boolean => {
    const known = contains[place]?.get(index);
    if (known !== undefined) return known;
    const found = compareBodies(received[place], expected[index], '').length === 0;
    contains[place]?.set(index, found);
    return found;
  };
  // An element that another one has is taken over where that one finds another: Kuhn's algorithm.
  const place = (index: number, tried: Set<number>): boolean => {
    for (const at of received.keys()) {
      if (tried.has(at) || !fits(at, index)) continue;
      tried.add(at);
      const other = takenBy[at];
      if (other === undefined || place(other, tried)) {
        takenBy[at] = index;
        return true;
      }
    }
    return false;
  };
  for (const index of expected.keys()) place(index, new Set());
  return takenBy;
}

/** The value as the journal shows it: the name of a member decides whether it is redacted. */
function redacted(field: string, received: unknown): unknown {
  if (received === undefined) return null;
  const name = field.slice(field.lastIndexOf('.') + 1);
  return (redact({ [name]: received }) as Record<string, unknown>)[name];
}
