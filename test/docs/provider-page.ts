import { readFileSync } from 'node:fs';

import { BUILT_IN, type PolicyId } from '../../mock-server/core/providers/index.ts';
import { IF_WRONG } from './if-wrong.ts';
import { between, table } from './markdown.ts';

/** When the sources were last searched for an answer that would end an assumption. */
const SEARCHED = '2026-11';

const sectionOf = (id: PolicyId): string => BUILT_IN.policies[id]!.section;

/** A provider's page as it is written by hand, with the tables of assumptions from the sandbox's policies. */
export function providerPage(provider: string): string {
  const file = `docs/providers/${provider}.md`;
  const ids = (Object.keys(BUILT_IN.policies) as PolicyId[]).filter((id) => id.startsWith(`${provider}.`));
  const sections = new Set(ids.map((id) => sectionOf(id)));
  return [...sections].reduce(
    (text, section) => {
      const name = `assumptions ${provider}#${section.split('#')[1]}`;
      return between(
        text,
        [`<!-- ${name} -->`, `<!-- /${name} -->`],
        assumptions(ids.filter((id) => sectionOf(id) === section)),
        file,
      );
    },
    readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
  );
}

function assumptions(ids: readonly PolicyId[]): string {
  return table(
    ['statement', 'kind', 'source', 'date', 'what ends it', 'what changes if it is wrong'],
    ids.map((id) => {
      const { text, until } = BUILT_IN.policies[id]!;
      return [text, 'assumption', `No source. Sandbox policy \`${id}\``, SEARCHED, until, IF_WRONG[id]];
    }),
  );
}
