import { ensureHeadlessChromium } from '../runner/browser.ts';
import type { Count, Fault, Recipe } from './support.ts';

/** Reads `6 passed` and `2 failed` from the lines of a summary. */
function inWords(line: RegExp): (output: string) => Count {
  return (output) => {
    const summary = [...output.matchAll(line)].map(([text]) => text).join(' ');
    const number = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
    return { passed: number('passed'), failed: number('failed') };
  };
}

function countPhpunit(output: string): Count {
  const number = (before: string) => Number(new RegExp(`${before}(\\d+)`).exec(output)?.[1] ?? 0);
  const failed = number('Failures: ') + number('Errors: ');
  return { passed: number('OK \\(') || number('Tests: ') - failed, failed };
}

const countGo = (output: string): Count => ({
  passed: [...output.matchAll(/^--- PASS/gm)].length,
  failed: [...output.matchAll(/^--- FAIL/gm)].length,
});

/** Both tests of a lost answer fail, and so does that of the forged webhook. */
const SENT_AGAIN = { what: 'a refund is sent again after a lost answer', failures: 2 };
const UNSIGNED = { what: 'no signature is checked', failures: 1 };

const IN_JAVASCRIPT: readonly Fault[] = [
  {
    ...SENT_AGAIN,
    file: 'refunds.js',
    code: '} catch {\n      return this.lookUp({ id, payment });',
    instead: '} catch {\n      return this.create({ id, payment, amount, reason });',
  },
  { ...UNSIGNED, file: 'receiver.js', code: 'if (!isGenuine(', instead: 'if (false && !isGenuine(' },
];

const WITH_MSW: readonly Fault[] = [
  ...IN_JAVASCRIPT,
  {
    what: 'calls to other addresses are let through',
    file: 'refunds.test.js',
    code: "listen({ onUnhandledFrame: 'error' })",
    instead: "listen({ onUnhandledRequest: 'error' })",
    failures: 1,
  },
];

export const RECIPES: readonly Recipe[] = [
  { name: 'vitest', tests: 9, count: inWords(/^\s*Tests .*$/gm), faults: WITH_MSW },
  { name: 'jest', tests: 9, count: inWords(/^Tests: .*$/gm), faults: WITH_MSW },
  {
    name: 'playwright',
    env: () => ({ CHROMIUM_PATH: ensureHeadlessChromium() }),
    tests: 4,
    count: inWords(/^ +\d+ (?:passed|failed).*$/gm),
    faults: IN_JAVASCRIPT,
  },
  {
    name: 'pytest',
    needs: {
      command: ['python3', '-c', 'import pytest, sys; sys.exit(sys.version_info < (3, 10))'],
      missing: 'Python 3.10 with pytest',
    },
    tests: 8,
    count: inWords(/^=.* in .*$/gm),
    faults: [
      {
        ...SENT_AGAIN,
        file: 'refunds.py',
        code: 'except LOST:\n            return self.look_up(id, payment)',
        instead: 'except LOST:\n            return self.create(id, payment, amount, reason)',
      },
      { ...UNSIGNED, file: 'receiver.py', code: 'genuine = is_genuine(', instead: 'genuine = True or is_genuine(' },
    ],
  },
  {
    name: 'phpunit',
    needs: {
      command: ['sh', '-c', "phpunit --version && php -r 'exit(PHP_VERSION_ID >= 80200 ? 0 : 1);'"],
      missing: 'PHP 8.2 with PHPUnit',
    },
    tests: 8,
    count: countPhpunit,
    faults: [
      {
        ...SENT_AGAIN,
        file: 'refunds.php',
        code: 'catch (AnswerLost) {\n            return $this->lookUp($id, $payment);',
        instead: 'catch (AnswerLost) {\n            return $this->create($id, $payment, $amount, $reason);',
      },
      { ...UNSIGNED, file: 'receiver.php', code: 'if (!isGenuine(', instead: 'if (false && !isGenuine(' },
    ],
  },
  {
    name: 'go',
    needs: { command: ['go', 'version'], missing: 'Go' },
    tests: 7,
    count: countGo,
    faults: [
      {
        ...SENT_AGAIN,
        file: 'refunds.go',
        code: 'if err != nil {\n\t\treturn client.LookUp(refund), nil',
        instead: 'if err != nil {\n\t\treturn client.Create(refund)',
      },
      {
        what: 'net/http may send a refund again by itself',
        file: 'refunds.go',
        code: 'request.GetBody = nil\n',
        instead: '',
        failures: 2,
      },
      { ...UNSIGNED, file: 'receiver.go', code: '!receiver.isGenuine(rawBody, request.Header)', instead: 'false' },
    ],
  },
];
