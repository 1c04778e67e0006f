import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { notesOf, withRelease } from '../../bin/release/texts.ts';
import { versionAfter } from '../../bin/release/version.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NOT_COPIED = new Set(['.git', 'node_modules', 'dist', 'test-results', '.sandbox']);
const hasGit = spawnSync('git', ['--version']).status === 0;
const PERSON = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

/** What this process has, but not that it runs tests, and in CI. */
const { GITHUB_ACTIONS: _ci, NODE_TEST_CONTEXT: _tests, ...ENV } = process.env;

/** A clone of this project as it is now, whose `npm test` is one line, with the origin that it came from. */
class Clone {
  readonly #place = mkdtempSync(path.join(tmpdir(), 'refund-form-release-'));
  readonly folder = path.join(this.#place, 'clone');
  readonly origin = path.join(this.#place, 'origin');

  constructor() {
    // Only the top-level folders: a template may well have such a name further down.
    const filter = (file: string) =>
      !NOT_COPIED.has(path.relative(ROOT, file).split(path.sep)[0]!) && !/node_modules/.test(file);
    cpSync(ROOT, this.origin, { recursive: true, filter });
    const manifest = JSON.parse(readFileSync(path.join(this.origin, 'package.json'), 'utf8')) as { scripts: object };
    manifest.scripts = { ...manifest.scripts, test: 'node test/short.mjs' };
    writeFileSync(path.join(this.origin, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(path.join(this.origin, 'test/short.mjs'), '');
    this.git(this.origin, 'init', '--quiet', '--initial-branch', 'main');
    this.commit(this.origin, 'Begin');
    this.git(this.#place, 'clone', '--quiet', this.origin, this.folder);
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.folder, 'node_modules'), 'junction');
  }

  git(folder: string, ...args: string[]): string {
    const identity = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];
    return execFileSync('git', [...identity, ...args], {
      cwd: folder,
      env: { ...process.env, ...PERSON },
      encoding: 'utf8',
    });
  }

  commit(folder: string, message: string): void {
    this.git(folder, 'add', '--all');
    this.git(folder, 'commit', '--quiet', '--message', message);
  }

  /** The state of the clone that a refused release must not have changed. */
  state(): readonly string[] {
    return [['status', '--porcelain'], ['rev-parse', 'HEAD'], ['tag']].map((args) => this.git(this.folder, ...args));
  }

  release(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const identity = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'Somebody'],
        [`GIT_${who}_EMAIL`, 'somebody@example.com'],
      ]),
    ) as Record<string, string>;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/release/cli.ts', ...args], {
      cwd: this.folder,
      // Nothing listens there: a release needs no registry.
      env: { ...ENV, ...PERSON, ...identity, npm_config_registry: 'http://127.0.0.1:9/', ...env },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text);
  }

  remove(): void {
    rmSync(this.#place, { recursive: true, force: true });
  }
}

describe('the version of a release', () => {
  it('is the next one of its kind, or the one that is named', () => {
    const cases = [
      ['0.1.9', 'patch', '0.1.10'],
      ['0.1.9', 'minor', '0.2.0'],
      ['0.1.9', 'major', '1.0.0'],
      ['0.1.0', '0.1.0', '0.1.0'],
      ['0.9.9', '0.10.0', '0.10.0'],
    ] as const;
    for (const [current, wanted, next] of cases) assert.equal(versionAfter(current, wanted), next);
  });

  it('is refused when it is none, or below the one that is there', () => {
    assert.throws(() => versionAfter('0.2.0', '0.1.9'), {
      message: '0.1.9 is below 0.2.0, the version of package.json',
    });
    for (const wanted of ['mayor', 'v1.0.0', '1.0', '1.0.0-rc.1', '01.0.0', ''])
      assert.throws(() => versionAfter('0.2.0', wanted), /^ReleaseError: expected major, minor, patch or a version/);
  });
});

describe('the changelog of a release', () => {
  const before = '# Changelog\n\n## Unreleased\n\n### Added\n\n- $& of a refund.\n\n## 0.1.0 - 2026-01-02\n\n- Old.\n';

  it('moves what is unreleased below its version, and leaves the heading for what comes', () => {
    assert.equal(notesOf(before), '### Added\n\n- $& of a refund.');
    const after = withRelease(before, '0.2.0', '2026-03-04');
    assert.equal(after, before.replace('## Unreleased\n', '## Unreleased\n\n## 0.2.0 - 2026-03-04\n'));
    assert.equal(notesOf(after), '');
  });
});

describe('npm run release, in a clone', { skip: !hasGit && 'this machine has no git' }, () => {
  let clone: Clone;
  let version = '';
  before(() => {
    clone = new Clone();
    const current = (JSON.parse(clone.read('package.json')) as { version: string }).version;
    version = versionAfter(current, 'minor');
    if (notesOf(clone.read('CHANGELOG.md')) !== '') return;
    clone.write(
      'CHANGELOG.md',
      clone.read('CHANGELOG.md').replace('## Unreleased\n', '## Unreleased\n\n- A change.\n'),
    );
    clone.commit(clone.folder, 'Change');
  });
  after(() => clone.remove());

  it('says in a dry run what it would do, and changes nothing', () => {
    const state = clone.state();
    const { status, stdout, stderr } = clone.release(['minor', '--dry-run']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.ok(stdout.includes(`Would run npm test, write ${version} into package.json`));
    assert.ok(stdout.includes(notesOf(clone.read('CHANGELOG.md'))));
    assert.deepEqual(clone.state(), state);
    assert.ok(!existsSync(path.join(clone.folder, 'dist')));
  });

  it('refuses what nobody else would get, and changes nothing', () => {
    const { folder, origin } = clone;
    const head = clone.git(folder, 'rev-parse', 'HEAD').trim();
    const faults: readonly [() => void, RegExp, string?][] = [
      [() => clone.write('notes.txt', 'mine'), /commit or remove these changes first:\n\?\? notes\.txt/],
      [() => clone.git(folder, 'switch', '--quiet', '--create', 'mine'), /releases are made on main, and this is mine/],
      [() => clone.git(folder, 'tag', `v${version}`), /the tag v.* exists already/],
      [
        () => {
          clone.write('CHANGELOG.md', withRelease(clone.read('CHANGELOG.md'), version, '2026-01-01'));
          clone.commit(folder, 'Empty the changelog');
        },
        /CHANGELOG\.md has nothing under "Unreleased"/,
      ],
      [
        () => {
          clone.write('test/short.mjs', 'process.exit(1);');
          clone.commit(folder, 'Break');
        },
        /npm test failed/,
      ],
      [
        () => clone.git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'Later'),
        /origin has commits on main/,
      ],
    ];
    for (const [spoil, words] of faults) {
      spoil();
      const state = clone.state();
      const { status, stderr } = clone.release(['minor']);
      assert.equal(status, 1, stderr);
      assert.match(stderr, words);
      assert.deepEqual(clone.state(), state);
      clone.git(folder, 'switch', '--quiet', '--force', 'main');
      clone.git(folder, 'reset', '--quiet', '--hard', head);
      clone.git(folder, 'clean', '--quiet', '--force');
      if (clone.git(folder, 'tag') !== '') clone.git(folder, 'tag', '--delete', `v${version}`);
    }
    clone.git(folder, 'pull', '--quiet', '--rebase');
    assert.equal(clone.release([]).status, 2);
    assert.equal(clone.release(['minor', '--dry']).status, 1);
  });

  it('takes everything back when the packages cannot be built', () => {
    const manifest = JSON.parse(clone.read('package.json')) as { scripts: Record<string, string> };
    manifest.scripts['pack'] = 'node --eval "process.exit(1)"';
    clone.write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
    clone.commit(clone.folder, 'Break');
    const state = clone.state();
    const { status, stderr } = clone.release(['minor']);
    assert.equal(status, 1);
    assert.match(stderr, /npm run pack failed/);
    assert.deepEqual(clone.state(), state);
    clone.git(clone.folder, 'reset', '--quiet', '--hard', 'HEAD~1');
  });

  it('writes the version everywhere, packs, commits and tags, and sends nothing', () => {
    const notes = notesOf(clone.read('CHANGELOG.md'));
    const { status, stdout, stderr } = clone.release(['minor']);
    assert.equal(status, 0, stderr);
    assert.ok(stdout.includes(`git push --atomic origin main v${version}`));

    const lock = JSON.parse(clone.read('package-lock.json')) as {
      version: string;
      packages: Record<string, { version: string }>;
    };
    assert.deepEqual([lock.version, lock.packages['']?.version], [version, version]);
    const [, released = ''] = clone
      .read('CHANGELOG.md')
      .split(new RegExp(`^## ${version} - \\d{4}-\\d{2}-\\d{2}$`, 'm'));
    assert.ok(released.trim().startsWith(notes));
    assert.match(clone.read('CHANGELOG.md'), new RegExp(`^## Unreleased\\n\\n## ${version}`, 'm'));
    for (const name of ['refund-form', 'refund-form-server']) {
      assert.ok(existsSync(path.join(clone.folder, `dist/${name}-${version}.tgz`)), name);
      const packed = JSON.parse(clone.read(`dist/packages/${name}/package.json`)) as { version: string };
      assert.equal(packed.version, version);
    }
    assert.equal(clone.git(clone.folder, 'log', '-1', '--format=%s').trim(), `Release ${version}`);
    assert.equal(clone.git(clone.folder, 'status', '--porcelain'), '');
    const tag = clone.git(clone.folder, 'cat-file', '-p', `v${version}`);
    assert.ok(tag.includes(`\n\n${version}\n\n${notes}`), tag);
    assert.equal(clone.git(clone.origin, 'tag'), '');
    // The pages that name the version still say what npm writes.
    const page = spawnSync(
      process.execPath,
      ['--test', '--test-name-pattern', 'packs and installs', 'test/project/start-page.test.ts'],
      { cwd: clone.folder, encoding: 'utf8', env: ENV },
    );
    assert.equal(page.status, 0, page.stdout);
    assert.match(page.stdout, /pass 1\b/);
    assert.match(clone.read('docs/operations.md'), new RegExp(`^version=${version}$`, 'm'));
  });

  it('publishes only in CI, at the tag, with provenance, and leaves out what is published', () => {
    const tools = path.join(clone.folder, 'dist/tools');
    const log = path.join(tools, 'calls.txt');
    mkdirSync(tools);
    // It writes down what npm is told, and has one package already. No registry can be asked for a proof here.
    const npm = `#!/bin/sh\necho "$@" >> '${log}'\n[ "$1 $2" = 'view refund-form@${version}' ] && echo ${version} || true\n`;
    writeFileSync(path.join(tools, 'npm'), npm);
    chmodSync(path.join(tools, 'npm'), 0o755);
    const PATH = `${tools}${path.delimiter}${process.env['PATH']}`;

    const elsewhere = clone.release(['--publish'], { PATH });
    assert.equal(elsewhere.status, 1);
    assert.match(elsewhere.stderr, /published only by \.github\/workflows\/release\.yml/);
    assert.ok(!existsSync(log));

    const ci = { PATH, GITHUB_ACTIONS: 'true' };
    const { status, stdout, stderr } = clone.release(['--publish'], ci);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `refund-form ${version} is published already\nPublished refund-form-server ${version}\n`);
    const calls = readFileSync(log, 'utf8').trim().split('\n');
    assert.deepEqual(calls, [
      'run pack',
      `view refund-form@${version} version`,
      `view refund-form-server@${version} version`,
      `publish ./dist/refund-form-server-${version}.tgz --provenance --access public`,
    ]);

    clone.git(clone.folder, 'commit', '--quiet', '--allow-empty', '--message', 'Later');
    const later = clone.release(['--publish'], ci);
    assert.equal(later.status, 1);
    assert.match(later.stderr, /expected the tag v.* at this commit/);
  });
});
