import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { createSandbox, type Sandbox } from '../../mock-server/index.ts';
import { anchorsOf } from '../docs/markdown.ts';

const PROVIDERS = ['uqpay', 'upayments'] as const;
const page = (provider: string) => readFileSync(`docs/providers/${provider}.md`, 'utf8');

interface Row {
  readonly provider: string;
  readonly anchor: string;
  readonly cells: readonly string[];
}

/** Rows of the tables after the sources, each with its section. */
function rowsOf(provider: string): Row[] {
  const rows: Row[] = [];
  for (const part of page(provider).split(/^## /m).slice(2)) {
    const [anchor = ''] = anchorsOf(`## ${part}`);
    for (const line of part.split('\n').filter((text) => text.startsWith('| '))) {
      const cells = line.slice(2, -2).split(' | ');
      if (cells[0] !== 'statement' && cells[0] !== '---') rows.push({ provider, anchor, cells });
    }
  }
  return rows;
}

const ROWS = PROVIDERS.flatMap(rowsOf);

/** Names in the table of sources, in lower case, because a row may write them so. */
function sourcesOf(provider: string): string[] {
  const [, sources = ''] = page(provider).split(/^## /m);
  const names = [...sources.matchAll(/^\| (.+?) \| <https:\/\//gm)].map(([, name = '']) => name.toLowerCase());
  return [...names, ...(sources.includes('*Client libraries*') ? ['client libraries'] : [])];
}

describe('the pages about the providers', () => {
  for (const provider of PROVIDERS) {
    it(`give a kind, a source and a date for each statement about ${provider}`, () => {
      const sources = sourcesOf(provider);
      const rows = ROWS.filter((row) => row.provider === provider);
      assert.ok(rows.length > 30, `${rows.length} rows`);
      for (const { cells } of rows) {
        const [statement = '', kind, source = '', date = '', ends, change] = cells;
        assert.match(date, /^20\d\d-(?:0[1-9]|1[0-2])$/, `date of: ${statement}`);
        if (kind === 'fact') {
          for (const name of source.toLowerCase().split(', '))
            assert.ok(sources.includes(name), `${name}: ${statement}`);
        } else {
          assert.equal(kind, 'assumption', `kind of: ${statement}`);
          assert.ok(ends && change, `what ends it, and what changes if it is wrong: ${statement}`);
        }
      }
    });
  }
});

describe('the assumptions', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox({ port: 0 });
  });
  after(() => sandbox.close());

  it('are the same in the pages and in the sandbox, each in the right section', async () => {
    const answer = await fetch(`${sandbox.url}/_sandbox/policies`);
    const { policies } = (await answer.json()) as { policies: { id: string; text: string; section: string }[] };
    const served = policies.map(({ id, text, section }) => `${section} ${id} ${text}`);
    const written = ROWS.filter(({ cells }) => cells[1] === 'assumption').map(({ provider, anchor, cells }) => {
      const id = /`(.+)`/.exec(cells[2] ?? '')?.[1];
      return `docs/providers/${provider}.md#${anchor} ${id} ${cells[0]}`;
    });
    assert.deepEqual(written.toSorted(), served.toSorted());
  });

  it('are listed in the journal with their section', async () => {
    await fetch(`${sandbox.url}/upayments/api/v1/check-refund/none`, { headers: { authorization: 'Bearer jtest123' } });
    const answer = await fetch(`${sandbox.url}/_sandbox/journal`);
    const { entries } = (await answer.json()) as { entries: { policies: { section: string }[] }[] };
    const sections = entries.flatMap(({ policies }) => policies.map(({ section }) => section));
    assert.ok(sections.length > 0);
    for (const section of sections) {
      const [file = '', anchor = ''] = section.split('#');
      assert.ok(anchorsOf(readFileSync(file, 'utf8')).has(anchor), section);
    }
  });
});

describe('the comments', () => {
  // Without the sandbox: its journal names the sections, and the tests above check those.
  const files = ['contract', 'proxy', 'widget', 'verify', 'test'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name}`),
  );
  const anchors = new Map(PROVIDERS.map((name) => [`${name}.md`, anchorsOf(page(name))]));

  it('link to pages and headings that exist', () => {
    let links = 0;
    for (const file of files) {
      for (const [link, path = '', name = '', anchor] of readFileSync(file, 'utf8').matchAll(
        /([\w/]*)\b(uqpay|upayments)\.md(?:#([\w-]+))?/g,
      )) {
        const pageAnchors = anchors.get(`${name}.md`);
        assert.ok(path === 'docs/providers/', `${file}: ${link}`);
        assert.ok(anchor === undefined || pageAnchors?.has(anchor), `${file}: ${link}`);
        links += 1;
      }
    }
    assert.ok(links > 40, `${links} links`);
  });
});
