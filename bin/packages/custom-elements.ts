import type { FlatTypes, Member } from './flat-types.ts';

export const TAG = 'refund-form';

interface Named {
  readonly name: string;
  readonly about: string;
}

export interface Attribute extends Named {
  /** As in TypeScript. */
  readonly type: string;
  /** The property that it sets. */
  readonly property: string;
}

export interface ElementFacts {
  readonly about: string;
  readonly attributes: readonly Attribute[];
  readonly members: readonly Member[];
  /** Properties that no attribute sets. */
  readonly settable: readonly Member[];
  readonly events: readonly (Named & { readonly type: string })[];
  readonly parts: readonly Named[];
  readonly cssProperties: readonly Named[];
  readonly states: readonly Named[];
  readonly slots: readonly Named[];
}

/**
 * Reads what the comment of the class says of the element.
 * @param attributes the name of the attribute of each property; `undefined` where there is none
 */
export function elementFacts(
  { classComment, members, events }: FlatTypes,
  attributes: ReadonlyMap<string, string | undefined>,
): ElementFacts {
  const [about = '', ...tags] = classComment.split(/\n(?=@)/);
  const read = (tag: string) =>
    tags
      .filter((text) => text.startsWith(`@${tag} `))
      .map((text) => {
        const found = /^@\w+\s+(?:\{(.*?)\}\s+)?([\w-]+)\s+-\s+(.*)$/s.exec(text);
        if (!found) throw new Error(`RefundForm: expected "@${tag} {type} name - text", received "${text}"`);
        const [, type = '', name = '', words = ''] = found;
        return { name, type, about: words.replaceAll(/\s+/g, ' ').trim() };
      });
  const propertyOf = new Map([...attributes].map(([property, attribute]) => [attribute, property]));
  const documented = read('attr').map((attribute) => {
    const property = propertyOf.get(attribute.name);
    if (property === undefined) throw new Error(`RefundForm: no property has the attribute ${attribute.name}`);
    return { ...attribute, type: attribute.type.replaceAll('"', "'"), property };
  });
  for (const [property, attribute] of attributes) {
    if (attribute !== undefined && !documented.some(({ name }) => name === attribute)) {
      throw new Error(`RefundForm: the attribute ${attribute} of ${property} has no @attr`);
    }
  }
  const fired = new Set(read('fires').map((event) => event.name));
  const missing = Object.keys(events).filter((name) => !fired.has(name));
  if (missing.length > 0) throw new Error(`RefundForm: no @fires for ${missing.join(', ')}`);
  const aboutOf = (name: string) => documented.find(({ property }) => property === name)?.about ?? '';
  const described = members.map((member) => ({ ...member, about: member.about || aboutOf(member.name) }));
  return {
    about: about.trim(),
    attributes: documented,
    members: described,
    settable: described.filter(
      ({ name, kind, isReadonly }) =>
        kind === 'property' && !isReadonly && !documented.some(({ property }) => property === name),
    ),
    events: read('fires').map((event) => ({ ...event, about: oneLine(events[event.name] ?? '') || event.about })),
    parts: read('csspart'),
    cssProperties: read('cssprop'),
    states: read('cssstate'),
    slots: read('slot'),
  };
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

/** `custom-elements.json`: https://github.com/webcomponents/custom-elements-manifest */
export function customElementsManifest(facts: ElementFacts): object {
  const module = 'refund-form.js';
  const described = ({ name, about }: Named) => ({ name, description: about });
  const attributeOf = (member: Member) => facts.attributes.find(({ property }) => property === member.name)?.name;
  return {
    schemaVersion: '2.1.0',
    modules: [
      {
        kind: 'javascript-module',
        path: module,
        declarations: [
          {
            kind: 'class',
            customElement: true,
            name: 'RefundForm',
            tagName: TAG,
            description: facts.about,
            superclass: { name: 'HTMLElement' },
            attributes: facts.attributes.map((attribute) => ({
              ...described(attribute),
              type: { text: attribute.type },
              fieldName: attribute.property,
            })),
            members: facts.members.map((member) => {
              if (member.kind === 'method') return { kind: 'method', ...described(member), ...signature(member.type) };
              const attribute = attributeOf(member);
              return {
                kind: 'field',
                ...described(member),
                type: { text: member.type },
                ...(member.isReadonly && { readonly: true }),
                ...(attribute !== undefined && { attribute }),
              };
            }),
            events: facts.events.map((event) => ({ ...described(event), type: { text: event.type } })),
            slots: facts.slots.map(described),
            cssParts: facts.parts.map(described),
            cssProperties: facts.cssProperties.map(described),
            cssStates: facts.states.map(described),
          },
        ],
        exports: [{ kind: 'js', name: 'RefundForm', declaration: { name: 'RefundForm', module } }],
      },
      {
        kind: 'javascript-module',
        path: 'index.js',
        declarations: [],
        exports: [
          {
            kind: 'custom-element-definition',
            name: TAG,
            declaration: { name: 'RefundForm', module: '/refund-form.js' },
          },
        ],
      },
    ],
  };
}

/** `(): Promise<void>` of a method. */
function signature(type: string): object {
  const [, parameters = '', returned = 'void'] = /^\((.*)\):\s*(.*)$/s.exec(type) ?? [];
  return {
    ...(parameters !== '' && {
      parameters: parameters.split(',').map((parameter) => {
        const [name = '', text = ''] = parameter.split(/\??:\s*/);
        return { name: name.trim(), type: { text } };
      }),
    }),
    return: { type: { text: returned } },
  };
}
