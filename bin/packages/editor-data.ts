import { TAG, type ElementFacts } from './custom-elements.ts';

/** The values of an attribute that takes one of a few words. */
const wordsOf = (type: string) => [...type.matchAll(/'([^']*)'/g)].map(([, name = '']) => ({ name }));

/** VS Code: name the file in the setting `html.customData`. */
export function htmlCustomData({ about, attributes }: ElementFacts): object {
  return {
    version: 1.1,
    tags: [
      {
        name: TAG,
        description: about,
        attributes: attributes.map(({ name, about, type }) => ({
          name,
          description: about,
          ...(type === 'boolean' ? { valueSet: 'v' } : wordsOf(type).length > 0 && { values: wordsOf(type) }),
        })),
      },
    ],
  };
}

/** JetBrains' editors find it by `web-types` in the package's manifest. */
export function webTypes(facts: ElementFacts, { version }: { readonly version: string }): object {
  const described = ({ name, about }: { readonly name: string; readonly about: string }) => ({
    name,
    description: about,
  });
  return {
    $schema: 'https://raw.githubusercontent.com/JetBrains/web-types/master/schema/web-types.json',
    name: 'refund-form',
    version,
    'js-types-syntax': 'typescript',
    'description-markup': 'markdown',
    contributions: {
      html: {
        elements: [
          {
            name: TAG,
            description: facts.about,
            attributes: facts.attributes.map((attribute) => ({
              ...described(attribute),
              value: { type: attribute.type, required: false },
            })),
            slots: facts.slots.map(described),
            js: {
              properties: facts.members
                .filter(({ kind }) => kind === 'property')
                .map((member) => ({ ...described(member), type: member.type, 'read-only': member.isReadonly })),
              events: facts.events.map((event) => ({ ...described(event), type: event.type })),
            },
            css: {
              parts: facts.parts.map(described),
              properties: facts.cssProperties.map(described),
              'pseudo-classes': facts.states.map(({ name, about }) => ({ name: `state(${name})`, description: about })),
            },
          },
        ],
      },
    },
  };
}
