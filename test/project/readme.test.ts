import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { SCENARIO_NAMES } from '../../mock-server/index.ts';
import { VARIABLES } from '../../proxy/server/stand-alone/variables.ts';

const readme = readFileSync('README.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const unique = (pattern: RegExp) => [...new Set([...readme.matchAll(pattern)].map((match) => match[1] ?? ''))];

describe('README', () => {
  it('names only scripts that exist, and every required one', () => {
    const scriptNames = unique(/npm (?:run )?(?:-s )?(start|test|[a-z]+)\b(?! ci)/g).filter(
      (name) => name !== 'ci' && name !== 'run',
    );
    for (const name of scriptNames) assert.ok(scripts[name], `npm run ${name} does not exist`);
    for (const name of ['start', 'test', 'sandbox', 'proxy', 'build', 'size', 'bench', 'check', 'release']) {
      assert.ok(scriptNames.includes(name), `${name} is not explained`);
    }
  });

  it('shows the element, the two commands and a picture in its first 24 lines', () => {
    const first = readme.split('\n').slice(0, 24).join('\n');
    for (const part of ['<refund-form provider=', 'npm ci && npm start', 'npm ci && npm test', '<picture>'])
      assert.ok(first.includes(part), part);
  });

  it('shows and links only files that exist', () => {
    for (const path of unique(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(path), `${path} does not exist`);
  });

  it('names variables and scenarios that exist', () => {
    for (const name of unique(/\b((?:REFUND|UQPAY|UPAYMENTS)_[A-Z_]+)=/g))
      assert.ok(name in VARIABLES, `variable ${name}`);
    for (const name of unique(/"scenario":"(\w+)"/g))
      assert.ok((SCENARIO_NAMES as string[]).includes(name), `scenario ${name}`);
  });

  it('states the size limit that is enforced', () => {
    const kilobytes = /([\d.]+) kB gzip at most/.exec(readme)?.[1];
    const budget = /BUDGET = ([\d_]+)/.exec(readFileSync('test/size.ts', 'utf8'))?.[1]?.replaceAll('_', '');
    assert.equal(Number(budget), Number(kilobytes) * 1000);
  });
});
