import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { siteBase } from '../../site/base.ts';
import { sitePage } from '../../site/markdown.ts';
import { PAGES } from '../../site/pages.ts';
import { themingEditor } from '../../site/theming-editor.ts';

const BASE = '/shop/refund-form/';

describe('the site in a folder of a host', () => {
  it('takes a path with a slash at both ends, and is at the root without one', () => {
    assert.deepEqual(['/', BASE].map(siteBase), ['/', BASE]);
    assert.equal(siteBase(undefined), '/');
    for (const odd of ['', 'refund-form', '/refund-form', 'https://a.example/', '//', '/a b/']) {
      assert.throws(() => siteBase(odd), /^SiteBaseError: SITE_BASE: expected a path with a slash at both ends/, odd);
    }
  });

  it('is refused in one sentence before anything is installed or built', () => {
    const env = { ...process.env, SITE_BASE: 'refund-form' };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/site.ts'], { encoding: 'utf8', env });
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^SITE_BASE: expected a path with a slash at both ends, .* received refund-form\n$/);
  });

  it('links its pages, its files and the form below that folder', () => {
    let links = 0;
    for (const { file } of PAGES) {
      const { body } = sitePage(file, BASE, { 'theming editor': () => themingEditor(BASE) });
      const prose = body.replaceAll(/^```[^]*?^```$|`[^`\n]+`/gm, '');
      for (const [, target = ''] of prose.matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]+)\)|(?:href|src)="(?=\/)([^"]+)"/g)) {
        if (!target.startsWith('/')) continue;
        links += 1;
        assert.ok(target.startsWith(BASE), `${file}: ${target}`);
      }
    }
    assert.ok(links > 100, `${links} links`);
    assert.match(themingEditor(BASE), /\/shop\/refund-form\/widget\/refund-form\.js/);
  });
});
