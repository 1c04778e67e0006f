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
 * A mistake in what an answer means for the money, as a change of `contract/`: the text must be found exactly once. The
 * table finds each of them; `also` is a test of a room that knows nothing of the judge.
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
    also: {
      test: 'test/proxy/unknown.test.ts',
      fails: /✖ a refusal of the second send settles an unknown refund only/,
    },
  },
  {
    name: 'an error of the account settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '(?:invalid_request|',
    to: '(?:account|invalid_request|',
    also: {
      test: 'test/proxy/unknown.test.ts',
      fails: /✖ a refusal of the second send settles an unknown refund only/,
    },
  },
  {
    name: 'a refusal for rate settles an earlier send',
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
    name: 'a proxy without a ledger settles an earlier send by a word on this one',
    file: 'judge.ts',
    from: '(deduplicates && AFTER_THE_KEY.has(code))',
    to: 'AFTER_THE_KEY.has(code)',
  },
  {
    name: 'an effect that nobody knows is no effect',
    file: 'judge.ts',
    from: 'effect === undefined ? isRefusal(status)',
    to: "effect !== 'unknown' && effect !== 'nothing' ? isRefusal(status)",
  },
];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['contract', 'mock-server', 'proxy', 'test/contract', 'test/proxy', 'test/seeded.ts', 'package.json'];

const folder = await mkdtemp(path.join(tmpdir(), 'refund-planted-judge-'));
after(() => rm(folder, { recursive: true, force: true }));

for (const [index, { name, file, from, to, also }] of MISTAKES.entries()) {
  test(`a judge with a planted mistake is caught: ${name}`, async () => {
    const copy = path.join(folder, String(index));
    for (const part of COPIED) await cp(path.join(ROOT, part), path.join(copy, part), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    const target = path.join(copy, 'contract', file);
    const source = await readFile(target, 'utf8');
    assert.equal(source.split(from).length, 2, `contract/${file} holds exactly once: ${from}`);
    await writeFile(
      target,
      source.replace(from, () => to),
    );
    const table = await run(copy, 'test/contract/judge.test.ts');
    assert.equal(table.code, 1, `the table passed in spite of it:\n${table.said}`);
    assert.match(table.said, /AssertionError/, 'it failed for another reason');
    if (also) assert.match((await run(copy, also.test)).said, also.fails);
    await rm(copy, { recursive: true });
  });
}

async function run(copy: string, file: string): Promise<{ code: unknown; said: string }> {
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const child = spawn(process.execPath, ['--test-reporter=spec', file], {
    cwd: copy,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, said: said + errors };
}
