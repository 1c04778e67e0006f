import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const source = readFileSync('proxy/options.ts', 'utf8');
const page = readFileSync('docs/proxy.md', 'utf8');
const mounting = /## Mounting it\n([^]*?)\n### /.exec(page)?.[1] ?? '';

/** The members of an interface of `proxy/options.ts`. */
function membersOf(name: string): string[] {
  const body = new RegExp(`export interface ${name}(?:<[^>]*>)? \\{\\n([^]*?)\\n\\}`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member);
}

describe('docs/proxy.md, "Mounting it"', () => {
  for (const type of ['RefundProxyOptions', 'EventOptions']) {
    it(`names every member of ${type}`, () => {
      const members = membersOf(type);
      assert.ok(members.length > 5, members.join(', '));
      for (const member of members) assert.ok(mounting.includes(`\`${member}\``), member);
    });
  }

  it('names no option that there is not', () => {
    const rows = [...mounting.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    const options = membersOf('RefundProxyOptions');
    const named = rows.map((name) => name.replaceAll('`', ''));
    assert.ok(named.length > 12, named.join(', '));
    for (const name of named) assert.ok(options.includes(name), name);
  });
});
