import { existsSync, readFileSync } from 'node:fs';

import { table } from './markdown.ts';

const PACKAGE = new URL('../../dist/packages/refund-form/', import.meta.url);

interface Named {
  readonly name: string;
  readonly description: string;
}
interface Typed extends Named {
  readonly type: { readonly text: string };
}
interface Member extends Named {
  readonly kind: 'field' | 'method';
  readonly type?: { readonly text: string };
  readonly readonly?: boolean;
  readonly attribute?: string;
  readonly return?: { readonly type: { readonly text: string } };
}

/** What the manifest says of the element: https://github.com/webcomponents/custom-elements-manifest */
export interface Declaration {
  readonly description: string;
  readonly attributes: readonly (Typed & { readonly fieldName: string })[];
  readonly members: readonly Member[];
  readonly events: readonly Typed[];
  readonly slots: readonly Named[];
  readonly cssParts: readonly Named[];
  readonly cssProperties: readonly Named[];
}

/** A built file of the package. @throws Error before the first build */
function built(name: string): string {
  const file = new URL(name, PACKAGE);
  if (!existsSync(file)) throw new Error(`${file.pathname} is missing: run \`npm run build\` first`);
  return readFileSync(file, 'utf8');
}

export function declaration(): Declaration {
  const { modules } = JSON.parse(built('custom-elements.json')) as {
    readonly modules: readonly { readonly declarations: readonly Declaration[] }[];
  };
  const [first] = modules.flatMap(({ declarations }) => declarations);
  if (!first) throw new Error('custom-elements.json declares no element');
  return first;
}

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
const named = (rows: readonly Named[]) => rows.map(({ name, description }) => [code(name), oneLine(description)]);
const detailOf = ({ type }: Typed) => type.text.replace(/^CustomEvent<(.*)>$/s, '$1');

/** Types that have a page of their own, or only matter in a test. */
const ELSEWHERE = new Set(['PaymentSummary', 'Environment', 'Messages', 'Provider']);

/** The declarations that these texts use, in the order of the built types. */
function typesIn(texts: readonly string[]): string[] {
  const all = new Map(
    built('refund-form.d.ts')
      .split(/\n\n(?=\/\*\*|export |declare )/)
      .map((text) => [/export (?:interface|type) (\w+)/.exec(text)?.[1] ?? '', text.trim()] as const),
  );
  const wanted = new Set<string>();
  const visit = (text: string): void => {
    for (const [name] of text.matchAll(/\b[A-Z]\w+\b/g)) {
      const found = all.get(name);
      if (found === undefined || ELSEWHERE.has(name) || wanted.has(name)) continue;
      wanted.add(name);
      visit(found.replaceAll(/\/\*\*.*?\*\//gs, ''));
    }
  };
  for (const text of texts) visit(text);
  return [...all].filter(([name]) => wanted.has(name)).map(([, text]) => text);
}

/** `docs/reference.md`: the element as its manifest describes it. */
export function referencePage(): string {
  const { attributes, members, events, slots, cssParts, cssProperties } = declaration();
  const properties = members.filter(({ kind, attribute }) => kind === 'field' && attribute === undefined);
  const methods = members.filter(({ kind }) => kind === 'method');
  const types = typesIn([...events, ...properties].map(({ type }) => type?.text ?? ''));
  return `<!-- Made by \`npm run docs\` from the built custom-elements.json: edit the comments in widget/element. -->

# Reference of the element

This is everything that \`<refund-form>\` offers to a page. [How to use it](embedding.md) has the examples. Amounts are decimal strings.

## Attributes

${table(
  ['attribute', 'property', 'type', 'what for'],
  attributes.map(({ name, fieldName, type, description }) => [
    code(name),
    code(fieldName),
    code(type.text),
    oneLine(description),
  ]),
)}

## Properties

These have no attribute.

${table(
  ['property', 'type', 'what for'],
  properties.map(({ name, type, readonly, description }) => [
    code(name) + (readonly === true ? ' (read only)' : ''),
    code(oneLine(type?.text ?? '').replaceAll('\\|', '|')),
    oneLine(description),
  ]),
)}

## Methods

\`focus()\` moves the focus into the form.

${table(
  ['method', 'returns', 'what it does'],
  methods.map(({ name, description, return: returned }) => [
    code(`${name}()`),
    code(returned?.type.text ?? 'void'),
    oneLine(description),
  ]),
)}

## Events

All events bubble. No event carries personal data, a typed text or a key.

${table(
  ['event', '`detail`', 'when'],
  events.map((event) => [code(event.name), code(detailOf(event)), oneLine(event.description)]),
)}

## Slots

${table(['slot', 'where'], named(slots))}

## CSS properties

${table(['property', 'what for'], named(cssProperties))}

## CSS parts

Style a part with \`refund-form::part(name)\`.

${table(['part', 'what it is'], named(cssParts))}

## Types

\`PaymentSummary\` is [a payment as the proxy answers it](wire.md#a-payment-get-endpointpaymentsid).

${types.map((text) => `\`\`\`ts\n${text}\n\`\`\``).join('\n\n')}
`;
}
