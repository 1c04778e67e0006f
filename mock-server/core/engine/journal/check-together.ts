import type { Context, Route } from '../provider.ts';
import type { SandboxState } from '../state.ts';
import { quote } from '../validation.ts';
import { bodyOf, differences, type JournalFilter } from './filter.ts';
import type { NumberedCall } from './record.ts';
import { alternatives, isObject, kindOf, memberOf, membersOf, typesOf, type Node } from './schema-nodes.ts';

const BODIES = ['request', 'response'] as const;
type Part = (typeof BODIES)[number];

/** What the bodies of one route can be. */
interface Asked extends Readonly<Record<Part, readonly Node[]>> {
  readonly route: Route;
}

interface Known {
  readonly asked: readonly Asked[];
  readonly calls: readonly NumberedCall[];
  /** Whether a word that no schema lists can still come. */
  readonly isWord: (word: unknown) => boolean;
}

/**
 * Why no single call has all that the filter expects of its bodies, as a sentence. Each member for itself may be one of
 * some call: of another provider, of a refusal, or about another payment.
 */
export function togetherFault(state: SandboxState, filter: JournalFilter, known: Known): string | undefined {
  const parts = BODIES.filter((part) => filter[part] !== undefined);
  if (parts.length === 0 || known.calls.some((call) => differences(call, filter).length === 0)) return undefined;
  const other = otherPayment(state, filter, known.asked);
  if (other !== undefined) return other;
  const mayHave = (one: Asked, part: Part) => {
    const bodies = known.calls.filter((call) => isOf(call, one.route)).map((call) => bodyOf(call, part));
    return canBe(filter[part], one[part].flatMap(alternatives), bodies, part === 'response' ? known.isWord : undefined);
  };
  if (known.asked.some((one) => parts.every((part) => mayHave(one, part)))) return undefined;
  const odd = parts.find((part) => !known.asked.some((one) => mayHave(one, part)));
  return odd === undefined
    ? 'response: no call with such a request is answered with it: expected the request and the response of one route'
    : `${odd}: no body of these calls has all of this at once: expected members and values of one body`;
}

const isOf = ({ record }: NumberedCall, { provider, name }: Route): boolean =>
  record.provider === provider && record.route === name;

/** A request names its payment itself. */
function otherPayment(
  state: SandboxState,
  { payment_id: payment, request: json }: JournalFilter,
  asked: readonly Asked[],
): string | undefined {
  if (payment === undefined || json === undefined) return undefined;
  const named = asked.map(({ route }) => {
    const provider = state.registry.find(route.provider);
    const call = { method: route.method, path: '', query: '', headers: {}, body: '' };
    return provider?.paymentOf?.({ json, params: {}, route, call, state, provider } as unknown as Context);
  });
  const [first] = named;
  if (first === undefined || named.includes(undefined) || named.includes(String(payment))) return undefined;
  return `request: is of a call about ${quote(first)}, and this filter is for payment_id ${quote(String(payment))}`;
}

type IsWord = ((word: unknown) => boolean) | undefined;

/** Whether one node takes the whole value, maybe with members that one recorded body has beyond it. */
function canBe(expected: unknown, nodes: readonly Node[], bodies: readonly unknown[], isWord: IsWord): boolean {
  return [undefined, ...bodies].some((body) =>
    [...nodes, undefined].some((node) => takes(expected, { node, body, isWord })),
  );
}

interface Pair {
  readonly node: Node | undefined;
  readonly body: unknown;
  readonly isWord: IsWord;
}

function takes(expected: unknown, { node, body, isWord }: Pair): boolean {
  const kind = kindOf(expected);
  const taken = node && typesOf(node).includes(kind) ? node : undefined;
  const isLike = body !== undefined && kindOf(body) === kind;
  if (!taken) {
    if (!isLike) return false;
  } else if (!isObject(expected)) {
    const words = taken.enum ?? (taken.const === undefined ? undefined : [taken.const]);
    return !isWord || !words || words.includes(expected) || body === expected || isWord(expected);
  }
  if (!isObject(expected)) return true;
  return Object.entries(expected).every(([key, value]) =>
    canBe(value, taken ? memberOf(taken, key).flatMap(alternatives) : [], isLike ? membersOf(body, key) : [], isWord),
  );
}
