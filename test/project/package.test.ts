import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { repositoryOf } from '../../bin/packages/manifests.ts';

type Targets = string | { readonly [condition: string]: string };

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, Targets>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: object;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly sideEffects: readonly string[];
}

const PACKAGES = ['refund-form', 'refund-form-server'].map((name) => {
  const folder = path.resolve('dist/packages', name);
  return { name, folder, manifest: JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest };
});
const [ELEMENT, SERVER] = PACKAGES as [(typeof PACKAGES)[0], (typeof PACKAGES)[0]];

const run = (folder: string, ...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

for (const { name, folder, manifest } of PACKAGES) {
  describe(`the built package ${name}`, () => {
    const packed = mkdtempSync(path.join(tmpdir(), 'refund-form-pack-'));
    before(() => {
      execFileSync('npm', ['pack', '--silent', '--pack-destination', packed], {
        cwd: folder,
        shell: process.platform === 'win32',
      });
    });
    after(() => rmSync(packed, { recursive: true }));

    it('has a file for everything that it exports and runs', () => {
      const exported = Object.values(manifest.exports).flatMap((targets) =>
        typeof targets === 'string' ? [targets] : Object.values(targets),
      );
      for (const file of [...exported, ...Object.values(manifest.bin ?? {})]) {
        const [directory = '', rest] = file.split('*');
        const found =
          rest === undefined
            ? existsSync(path.join(folder, file))
            : readdirSync(path.join(folder, directory)).some((each) => each.endsWith(rest));
        assert.ok(found, file);
      }
    });

    it('names types first, and every condition by its documented name', () => {
      for (const targets of Object.values(manifest.exports)) {
        if (typeof targets === 'string') continue;
        const conditions = Object.keys(targets);
        assert.deepEqual([conditions[0], conditions.at(-1)], ['types', 'default']);
        assert.deepEqual(
          conditions.slice(1, -1).filter((condition) => !['development', 'require', 'node'].includes(condition)),
          [],
        );
      }
    });

    it('has nothing that publint finds', async () => {
      const tarball = new Uint8Array(readFileSync(path.join(packed, readdirSync(packed)[0]!))).buffer;
      const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
      assert.deepEqual(
        messages.map((message) => formatMessage(message, pkg, { color: false })),
        [],
      );
    });

    it('gives every module resolution its types', async () => {
      const bytes = readFileSync(path.join(packed, readdirSync(packed)[0]!));
      // Editors read the JSON files, a page the single file, and the languages are checked by use.
      const excludeEntrypoints = [/\.json$/, /\.min\.js$/, /^\.\/locales\//];
      const analysis = await checkPackage(createPackageFromTarballData(bytes), { excludeEntrypoints });
      assert.ok(analysis.types && Object.keys(analysis.entrypoints).length >= 5);
      // A package of modules only: `require` of it is for Node alone, and older resolutions do not read `exports`.
      const counted = analysis.problems.filter(
        (problem) => !('resolutionKind' in problem) || !['node10', 'node16-cjs'].includes(problem.resolutionKind),
      );
      assert.deepEqual(counted, []);
    });

    it('lets nobody install Node or an open range', () => {
      assert.equal(manifest.optionalDependencies, undefined);
      for (const version of Object.values(manifest.dependencies ?? {})) assert.match(version, /^\d/);
      for (const peer of Object.keys(manifest.peerDependencies)) {
        assert.equal(manifest.peerDependenciesMeta[peer]?.optional, true, peer);
      }
    });
  });
}

describe('the package of the element', () => {
  it('has no dependency', () => {
    assert.equal(ELEMENT.manifest.dependencies, undefined);
  });

  it('imports nothing but its own files and React', () => {
    for (const file of readdirSync(ELEMENT.folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:js|d\.ts)$/.test(file)) continue;
      const text = readFileSync(path.join(ELEMENT.folder, file), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
      const from = [...text.matchAll(/\b(?:from|import|module)\s*\(?\s*["']([\w@./-]+)["']/g)];
      const foreign = from.map(([, name = '']) => name).filter((name) => !name.startsWith('.'));
      const framework = /^(?:development\/)?(react|vue|svelte)\./.exec(file)?.[1];
      assert.deepEqual(
        foreign.filter((name) => name.split('/')[0] !== framework),
        [],
        file,
      );
    }
  });

  it('has the hash of each file that a script tag may load', () => {
    const hashes = JSON.parse(readFileSync(path.join(ELEMENT.folder, 'integrity.json'), 'utf8')) as Record<
      string,
      string
    >;
    assert.deepEqual(Object.keys(hashes), ['refund-form.min.js', 'locales/ar.js', 'locales/zh.js']);
    for (const [file, hash] of Object.entries(hashes)) {
      const bytes = readFileSync(path.join(ELEMENT.folder, file));
      assert.equal(hash, `sha384-${createHash('sha384').update(bytes).digest('base64')}`, file);
    }
  });

  it('keeps the files that do something when they are imported', () => {
    const files = ['index.js', 'development/index.js', 'react.js', 'refund-form.min.js'];
    for (const file of files) assert.ok(ELEMENT.manifest.sideEffects.includes(`./${file}`), file);
  });

  it('describes every attribute, property and event', () => {
    const read = (file: string) => JSON.parse(readFileSync(path.join(ELEMENT.folder, file), 'utf8')) as unknown;
    const { modules } = read('custom-elements.json') as {
      modules: { declarations: Record<string, { name: string; description: string }[]>[] }[];
    };
    const [form] = modules[0]!.declarations;
    assert.ok(form);
    const names = (kind: string) => form[kind]!.map(({ name }) => name);
    assert.deepEqual(names('attributes').slice(0, 3), ['provider', 'endpoint', 'payment-id']);
    for (const name of ['payment', 'reasons', 'messages', 'requestSubmit', 'refresh']) {
      assert.ok(names('members').includes(name), name);
    }
    assert.ok(names('events').includes('refund-form-settled'));
    assert.ok(names('cssProperties').includes('--refund-form-accent'));
    for (const kind of ['attributes', 'members', 'events', 'cssParts', 'cssProperties']) {
      assert.deepEqual(
        form[kind]!.filter(({ description }) => description === '').map(({ name }) => name),
        [],
        kind,
      );
    }
    const { tags } = read('html-custom-data.json') as { tags: { name: string; attributes: { name: string }[] }[] };
    assert.deepEqual(
      tags[0]?.attributes.map(({ name }) => name),
      names('attributes'),
    );
    const web = JSON.stringify(read('web-types.json'));
    for (const name of [...names('attributes'), ...names('events'), ...names('cssParts')])
      assert.ok(web.includes(name), name);
  });
});

describe('the package of the server', () => {
  it('exports what the docs import', () => {
    const script = `
      const { createRefundProxy, SqliteLedger, uqpay } = await import('refund-form-server/proxy');
      const portable = await import('refund-form-server/proxy/portable');
      const { createSandbox } = await import('refund-form-server/sandbox');
      const { createSandboxHandlers } = await import('refund-form-server/msw');
      const { runVerify } = await import('refund-form-server/verify');
      const { parseDecimal } = await import('refund-form-server/contract');
      const found = { createRefundProxy, SqliteLedger, uqpay, createSandbox, createSandboxHandlers, runVerify, parseDecimal, portable: portable.createRefundProxy };
      console.log(Object.entries(found).filter(([, value]) => typeof value !== 'function').map(([name]) => name).join());
    `;
    assert.equal(run(SERVER.folder, '--input-type=module', '--eval', script).trim(), '');
  });

  it('runs its commands', () => {
    assert.match(run(SERVER.folder, 'bin/refund-form.js', '--help'), /sandbox/);
    assert.match(run(SERVER.folder, 'bin/refund-form.js', 'sandbox', '--help'), /--port/);
    assert.match(readFileSync(path.join(SERVER.folder, 'bin/refund-form.js'), 'utf8'), /^#!\/usr\/bin\/env node\n/);
  });
});

describe('the address of the repository', () => {
  it('comes from the remote of the checkout', () => {
    const expected = { type: 'git', url: 'git+https://git.example/merchant/refund-form.git' };
    for (const remote of [
      'https://git.example/merchant/refund-form.git',
      'https://token@git.example/merchant/refund-form',
      'git@git.example:merchant/refund-form.git',
      'ssh://git@git.example/merchant/refund-form.git',
    ]) {
      assert.deepEqual(repositoryOf(remote), expected, remote);
    }
  });

  it('is left out for a folder of this machine', () => {
    for (const remote of ['', '/srv/git/refund-form', '../refund-form', 'file:///srv/git/refund-form']) {
      assert.equal(repositoryOf(remote), undefined, remote);
    }
  });
});
