import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { PROBLEMS } from '../../contract/index.ts';
import { SCENARIO_NAMES } from '../../mock-server/index.ts';
import { variable } from '../../proxy/server/stand-alone/variables.ts';
import { CHECKS } from '../../verify/checks/index.ts';
import * as element from '../../widget/index.ts';
import { en } from '../../widget/messages/en.ts';
import { anchorsOf } from '../docs/markdown.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );

describe('docs/troubleshooting.md', () => {
  const page = read('docs/troubleshooting.md');

  it('quotes texts that the form has', () => {
    const texts = new Set<string>(Object.values(en));
    const quotes = rowsOf(page).flatMap(([seen = '']) =>
      [...seen.matchAll(/\*([^*]+)\*/g)].map(([, words = '']) => words),
    );
    assert.ok(quotes.length > 15, `${quotes.length} quotes`);
    for (const words of quotes) assert.ok(texts.has(words), words);
  });

  it('names codes that the proxy has', () => {
    const codes = [...page.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, code = '']) => code);
    assert.ok(codes.length >= 15, `${codes.length} codes`);
    for (const code of codes) assert.ok(code in PROBLEMS, code);
  });
});

describe('docs/threat-model.md', () => {
  const page = read('docs/threat-model.md');
  const threats = rowsOf(page).filter(([head]) => head !== 'threat' && !head?.startsWith('---'));

  it('names a check or a test of each threat, and each of them exists', () => {
    const ids = new Set<string>(CHECKS.map(({ id }) => id));
    assert.ok(threats.length > 20, `${threats.length} threats`);
    for (const [threat = '', , checks = '', tests = ''] of threats) {
      const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
      for (const id of names(checks)) assert.ok(ids.has(id), `${id}: ${threat}`);
      assert.ok(names(tests).length > 0, threat);
      for (const file of names(tests)) assert.ok(existsSync(file), `${file}: ${threat}`);
    }
  });
});

describe('docs/lost-answer.md', () => {
  it('names scenarios that exist', () => {
    const [, last = ''] = read('docs/lost-answer.md').split('## Try it');
    const names = [...last.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    assert.ok(names.length >= 3);
    for (const name of names) assert.ok((SCENARIO_NAMES as string[]).includes(name), name);
  });

  it('gives a latency that is longer than the proxy waits', () => {
    const [, ms] = /"ms": (\d+)/.exec(read('docs/lost-answer.md')) ?? [];
    assert.ok(Number(ms) > Number(variable('REFUND_PROXY_TIMEOUT_MS').default), ms);
  });
});

describe('docs/start.md', () => {
  it('has a log, because docs/troubleshooting.md sends the reader to it', () => {
    assert.match(read('docs/start.md'), /^ {2}logger: console,$/m);
  });
});

describe('README.md and CONTRIBUTING.md', () => {
  it('name the rooms that npm test leaves out', () => {
    const whole = /^\| `npm test` \| (.*) \|$/m.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
    const rows = [...read('CONTRIBUTING.md').matchAll(/^\| `npm test -- (\w+)` \| (.*) \|$/gm)];
    const apart = rows
      .filter(([, , about = '']) => about.includes('not part of `npm test`'))
      .map(([, room = '']) => room);
    assert.deepEqual([...whole.matchAll(/`(\w+)`/g)].map(([, room = '']) => room).toSorted(), apart.toSorted());
    assert.ok(apart.length > 0);
    assert.doesNotMatch(read('README.md'), /npm test.*everything:/);
  });
});

describe('bin/packages/refund-form.md', () => {
  it('names every export of the file that defines nothing', () => {
    const row = /^\| `refund-form\/refund-form\.js` .*$/m.exec(read('bin/packages/refund-form.md'))?.[0] ?? '';
    for (const name of Object.keys(element)) assert.ok(row.includes(`\`${name}\``), name);
  });
});

describe('the pages of docs/', () => {
  const files = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.posix.join('docs', name.replaceAll(path.sep, '/')));

  for (const file of [...files, 'README.md', 'SECURITY.md', 'CONTRIBUTING.md']) {
    it(`link only to what exists: ${file}`, () => {
      // A block of code may look like a link.
      const text = read(file).replaceAll(/^```.*?^```$/gms, '');
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [to = '', anchor] = target.split('#');
        const linked = to === '' ? file : path.posix.join(path.posix.dirname(file), to);
        assert.ok(existsSync(linked), target);
        if (anchor !== undefined) assert.ok(anchorsOf(read(linked)).has(anchor), target);
      }
    });
  }
});
