import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * A mistake in how an answer is judged, as a change of `contract/`. The `from` text must occur exactly once. The
 * table test finds each mistake; `also` names a test elsewhere that does not know the judge.
 */
interface Mistake {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly also?: { readonly test: string; readonly fails: RegExp };
}

const MISTAKES: readonly Mistake[] = [
  {
    name: 'an idempotency error settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '(?:invalid_request|',
    to: '(?:idempotency|invalid_request|',
  },
  {
    name: 'an account error settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '(?:invalid_request|',
    to: '(?:account|invalid_request|',
    also: {
      test: 'test/proxy/unknown.test.ts',
      fails: /✖ a refusal of the second send settles an unknown refund only/,
    },
  },
  {
    name: 'a rate refusal settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '? !resent',
    to: '? true',
  },
  {
    name: 'an api_error is a refusal',
    file: 'uqpay/judge.ts',
    from: "type !== 'api_error')",
    to: "type !== '')",
  },
  {
    name: 'a validation error settles an earlier send where there are no keys',
    file: 'upayments/judge.ts',
    from: "if (resent) return 'unknown';",
    to: "if (resent && status !== 422) return 'unknown';",
  },
  {
    name: 'status false with a 5xx is a refusal',
    file: 'upayments/judge.ts',
    from: 'return isRefusal(status) ||',
    to: 'return status >= 400 ||',
    also: { test: 'test/proxy/upayments.test.ts', fails: /✖ status false with a 500 is unknown/ },
  },
  {
    name: 'any problem of a proxy settles an earlier send',
    file: 'judge.ts',
    from: 'isNothing && isSettled',
    to: 'isNothing',
  },
  {
    name: 'a proxy without a ledger settles an earlier send by the answer to this one',
    file: 'judge.ts',
    from: '(deduplicates && AFTER_THE_KEY.has(code))',
    to: 'AFTER_THE_KEY.has(code)',
  },
  {
    name: 'an unknown effect counts as no effect',
    file: 'judge.ts',
    from: 'effect === undefined ? isRefusal(status)',
    to: "effect !== 'unknown' && effect !== 'nothing' ? isRefusal(status)",
  },
];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED_PATHS = [
  'contract',
  'mock-server',
  'proxy',
  'test/contract',
  'test/proxy',
  'test/seeded.ts',
  'package.json',
];

const folder = await mkdtemp(path.join(tmpdir(), 'refund-planted-judge-'));
after(() => rm(folder, { recursive: true, force: true }));

for (const [index, { name, file, from, to, also }] of MISTAKES.entries()) {
  test(`the tests catch this mistake in a judge: ${name}`, async () => {
    const copy = path.join(folder, String(index));
    for (const part of COPIED_PATHS) await cp(path.join(ROOT, part), path.join(copy, part), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    const target = path.join(copy, 'contract', file);
    const source = await readFile(target, 'utf8');
    assert.equal(source.split(from).length, 2, `contract/${file} holds exactly once: ${from}`);
    await writeFile(
      target,
      source.replace(from, () => to),
    );
    const table = await run(copy, 'test/contract/judge.test.ts');
    assert.equal(table.code, 1, `the table passed despite the mistake:\n${table.output}`);
    assert.match(table.output, /AssertionError/, 'it failed for another reason');
    if (also) assert.match((await run(copy, also.test)).output, also.fails);
    await rm(copy, { recursive: true });
  });
}

async function run(copy: string, file: string): Promise<{ code: unknown; output: string }> {
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const child = spawn(process.execPath, ['--test-reporter=spec', file], {
    cwd: copy,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output: output + errors };
}
