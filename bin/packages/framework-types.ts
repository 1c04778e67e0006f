import { TAG, type ElementFacts } from './custom-elements.ts';

const PREFIX = `${TAG}-`;
/** `refund-form-status-change` as `StatusChange`. */
const pascal = (text: string) => text.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());

const listed = (lines: readonly { readonly name: string; readonly type: string; readonly about: string }[]) =>
  lines.map(({ name, type, about }) => `  ${about && `/** ${about} */\n  `}${name}?: ${type};`).join('\n');

const typesOf = (facts: ElementFacts) =>
  [
    ...new Set(facts.settable.flatMap(({ type }) => type.match(/\b(?!Partial\b|Readonly\b)[A-Z]\w+/g) ?? [])),
  ].toSorted();

const handler = (name: string) => `((event: RefundFormEventMap['${name}']) => void) | undefined`;
const settable = ({ settable }: ElementFacts) => settable.map((member) => ({ ...member }));
/** Attributes by their names in markup. */
const attributes = (facts: ElementFacts) =>
  facts.attributes.map((attribute) => ({
    ...attribute,
    name: quoted(attribute.name),
    type: `${typeOf(attribute.type)} | undefined`,
  }));
/** Attributes by the names of their properties. */
const properties = (facts: ElementFacts) =>
  facts.attributes.map(({ property, type, about }) => ({ name: property, about, type: `${typeOf(type)} | undefined` }));
const typeOf = (type: string) => (type.includes("'") ? 'Provider' : type);
const quoted = (name: string) => (name.includes('-') ? `'${name}'` : name);

const importOf = (facts: ElementFacts, ...more: string[]) =>
  `import type { ${[...new Set([...typesOf(facts), 'Provider', 'RefundFormElement', 'RefundFormEventMap', ...more])].toSorted().join(', ')} } from './refund-form.js';`;

/**
 * The React component, in plain JavaScript. React 19 sets properties and listens to events of custom elements, but not of
 * one that a server has drawn: its page would not be asked about a refund. So the element is drawn in browsers only.
 */
export function reactModule({ attributes, events }: ElementFacts): string {
  const names = [
    ...attributes.filter(({ name, property }) => name !== property).map(({ name, property }) => [property, name]),
    ...events.map(({ name }) => [`on${pascal(name.slice(PREFIX.length))}`, `on${name}`]),
  ];
  return `'use client';
import { createElement, useSyncExternalStore } from 'react';

import './index.js';

/** React's own names for the form's attributes and events. */
const NAMES = new Map(${JSON.stringify(names, null, 2)});

const never = () => () => {};

export function RefundForm(props) {
  // React gives an element that a server has drawn neither its listeners nor its properties.
  const isBrowser = useSyncExternalStore(never, () => true, () => false);
  if (!isBrowser) return null;
  const named = Object.entries(props).map(([name, value]) => [NAMES.get(name) ?? name, value]);
  return createElement('${TAG}', Object.fromEntries(named));
}
`;
}

export function reactTypes(facts: ElementFacts): string {
  const events = facts.events.map(({ name, about }) => {
    return { name: `on${pascal(name.slice(PREFIX.length))}`, about, type: handler(name) };
  });
  const jsxEvents = facts.events.map(({ name, about }) => ({ name: quoted(`on${name}`), about, type: handler(name) }));
  return `import type { HTMLAttributes, ReactElement, Ref } from 'react';

${importOf(facts)}

export type * from './refund-form.js';

/** What every element takes: a class, an id, a language, and content for the slots. */
type OfEveryElement = Omit<HTMLAttributes<RefundFormElement>, 'onLoad' | 'onSubmit'>;

export interface RefundFormProps extends OfEveryElement {
  ref?: Ref<RefundFormElement> | undefined;
${listed([...properties(facts), ...settable(facts), ...events])}
}

/** Refunds one payment through your proxy. React 19. On a server it draws nothing. */
export declare function RefundForm(props: RefundFormProps): ReactElement | null;

/** The element itself, as JSX. */
export interface RefundFormElementProps extends OfEveryElement {
  ref?: Ref<RefundFormElement> | undefined;
${listed([...attributes(facts), ...settable(facts), ...jsxEvents])}
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      '${TAG}': RefundFormElementProps;
    }
  }
}
`;
}

/** For templates and JSX of Vue. Tell its compiler that \`refund-form\` is a custom element. */
export function vueTypes(facts: ElementFacts): string {
  const events = facts.events.map(({ name, about }) => ({ name: `on${pascal(name)}`, about, type: handler(name) }));
  return `import type { HTMLAttributes, VNodeRef } from 'vue';

${importOf(facts)}

export interface RefundFormProps extends HTMLAttributes {
  ref?: VNodeRef | undefined;
${listed([...properties(facts), ...attributes(facts).filter(({ name }) => name.includes('-')), ...settable(facts), ...events])}
}

declare module 'vue' {
  /** Vue leaves it out, and content for the slots of the form needs it. */
  interface HTMLAttributes {
    slot?: string | undefined;
  }
  interface GlobalComponents {
    '${TAG}': new () => { $props: RefundFormProps; $el: RefundFormElement };
  }
}

declare module 'vue/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements {
      '${TAG}': RefundFormProps;
    }
  }
}
`;
}

export function svelteTypes(facts: ElementFacts): string {
  const events = facts.events.flatMap(({ name, about }) => [
    { name: `'on${name}'`, about, type: handler(name) },
    { name: `'on:${name}'`, about, type: handler(name) },
  ]);
  return `import type { HTMLAttributes } from 'svelte/elements';

${importOf(facts)}

export interface RefundFormProps extends HTMLAttributes<RefundFormElement> {
${listed([...properties(facts), ...attributes(facts).filter(({ name }) => name.includes('-')), ...settable(facts), ...events])}
}

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    '${TAG}': RefundFormProps;
  }
}
`;
}
