import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { EXIT } from '../../mock-server/cli/flags.ts';
import { JOURNAL_FIELD_NAMES } from '../../mock-server/core/engine/journal/filter.ts';
import { createSandbox } from '../../mock-server/index.ts';

const [page, dataPage] = ['sandbox.md', 'sandbox/data.md'].map((name) =>
  readFileSync(path.resolve(import.meta.dirname, '../../docs', name), 'utf8'),
) as [string, string];
const CURL = path.resolve(import.meta.dirname, 'support/curl.ts');

interface Example {
  readonly script: string;
  /** Whether the command must fail, because its answer is lost. */
  readonly fails: boolean;
  /** Members that the last answer must contain. It may contain more. */
  readonly answer: unknown;
}

/** Every shell block that calls the sandbox, with the JSON block after it, if there is one. */
function examples(text: string): Example[] {
  const blocks = [...text.matchAll(/^```(\w+)( fails)?\n(.*?)^```$/gms)];
  return blocks.flatMap(([, language, fails, script = ''], index) => {
    if (language !== 'sh' || !script.includes('curl')) return [];
    const [, following, , body = ''] = blocks[index + 1] ?? [];
    const answer: unknown = following === 'json' ? JSON.parse(body) : undefined;
    return [{ script, fails: fails !== undefined, answer }];
  });
}

/** Runs the script in a new shell in the folder. @returns its output and its exit code */
function shell(script: string, folder: string, environment: NodeJS.ProcessEnv): Promise<{ out: string; code: number }> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', script], { cwd: folder, env: environment }, (error, out) =>
      resolve({ out, code: error === null ? 0 : Number(error.code) }),
    );
  });
}

/** The received value, reduced to the members of the expected value. */
function pickExpected(received: unknown, expected: unknown): unknown {
  if (typeof received !== 'object' || received === null || typeof expected !== 'object' || expected === null) {
    return received;
  }
  if (Array.isArray(expected) && Array.isArray(received)) {
    return expected.length === 0 ? received : expected.map((item, index) => pickExpected(received[index], item));
  }
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [
      key,
      pickExpected((received as Record<string, unknown>)[key], value),
    ]),
  );
}

async function runExamples(page: string, environment: NodeJS.ProcessEnv, folder: string): Promise<number> {
  await using sandbox = await createSandbox();
  const all = examples(page);
  for (const { script, fails, answer } of all) {
    const here = script.replaceAll('http://127.0.0.1:4010', sandbox.url);
    const { out, code } = await shell(here, folder, environment);
    assert.equal(code === 0, !fails, `${script}ended with ${code}: ${out}`);
    if (answer !== undefined) assert.deepEqual(pickExpected(JSON.parse(out), answer), answer, script);
  }
  return all.length;
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('docs/sandbox.md and docs/sandbox/data.md', () => {
  it(`has examples that answer as documented, with ${hasCurl ? 'curl' : 'the curl stand-in'}`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-page-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const standIn = `#!/bin/sh\nexec "${process.execPath}" "${CURL}" "$@"\n`;
    if (!hasCurl) writeFileSync(path.join(folder, 'curl'), standIn, { mode: 0o755 });
    const environment = hasCurl ? process.env : { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    assert.ok(
      (await runExamples(page, environment, folder)) + (await runExamples(dataPage, environment, folder)) >= 15,
    );
  });

  it('has a curl stand-in that behaves like curl', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-page-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await using sandbox = await createSandbox({ clock: 'frozen' });
    const one = `curl -s -X POST ${sandbox.url}/_sandbox/clock -d '{"set":"2026-11-01T09:00:00+08:00"}'`;
    const standInCommand = one.replace('curl', `'${process.execPath}' '${CURL}'`);
    const { out } = await shell(standInCommand, folder, process.env);
    assert.equal((JSON.parse(out) as { now: string }).now, '2026-11-01T09:00:00+08:00');
    if (hasCurl) assert.equal((await shell(one, folder, process.env)).out, out);
  });

  it('names every exit code and filter', () => {
    for (const code of Object.values(EXIT)) assert.match(page, new RegExp(`\\b${code}\\b (?:after|when)`));
    for (const name of JOURNAL_FIELD_NAMES) assert.ok(page.includes(`\`${name}\``), name);
  });
});
