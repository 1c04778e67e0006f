import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ensureChromium, findFirefox, findWebKit, installEngines, isMissing, type Missing } from './runner/browser.ts';
import { addTo, emptyTally, inWords, readTally, type Tally } from './runner/tally.ts';

const ROOMS = ['contract', 'widget', 'proxy', 'proxies', 'sandbox', 'verify', 'site', 'init', 'recipes'] as const;
type Room = (typeof ROOMS)[number];

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly browser?: boolean;
  /** It needs Firefox or WebKit, and skips the one that is missing. */
  readonly otherEngines?: boolean;
  /** The room that alone it tests: it runs only where that room is asked for, since the whole suite has it already. */
  readonly room?: Room;
}

/** What hangs fails by its name. Nothing else reaches this limit, in milliseconds, on a busy machine. */
const HANGS = 600_000;
const NODE_TEST = [
  'node',
  '--test',
  '--test-concurrency=3',
  `--test-timeout=${HANGS}`,
  '--test-reporter=./test/runner/node-reporter.ts',
];

/** Cheapest first: a broken type is told in seconds, not after the browsers. */
const STEPS: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of contract/, without DOM and Node', command: ['tsc', '-p', 'contract'] },
  { name: 'types of the portable proxy, without Node', command: ['tsc', '-p', 'proxy/tsconfig.portable.json'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  { name: 'unused', command: ['knip'] },
  { name: 'build', command: ['npm', 'run', '-s', 'build'] },
  { name: 'size', command: ['node', 'test/size.ts', '--built'] },
  {
    name: 'unit and contract tests in Node',
    command: [...NODE_TEST, 'test/{contract,contract-suite,mock-server,proxy,verify,project,operations}/**/*.test.ts'],
  },
  ...(['contract', 'proxy', 'proxies', 'verify', 'init', 'recipes'] as const).map((room): Step => {
    return { name: `${room} in Node`, room, command: [...NODE_TEST, `test/${room}/**/*.test.ts`] };
  }),
  {
    name: 'sandbox in Node',
    room: 'sandbox',
    command: [...NODE_TEST, 'test/mock-server/**/*.test.ts'],
  },
  {
    name: 'widget in a browser',
    room: 'widget',
    command: ['wtr', '--config', 'test/web-test-runner.config.ts', '--files', 'test/widget/**/*.test.ts'],
    browser: true,
  },
  // The site installs tools of its own, so the whole suite leaves it out.
  { name: 'build of the site', room: 'site', command: ['npm', 'run', '-s', 'site'] },
  { name: 'types of the site', room: 'site', command: ['tsc', '-p', 'site'] },
  {
    name: 'site in Node and in a browser',
    room: 'site',
    command: [...NODE_TEST, 'test/site/*.test.ts'],
    browser: true,
  },
  { name: 'faults, a bounded part of them', command: [...NODE_TEST, 'test/faults/*.test.ts'] },
  {
    name: 'widget and contract tests in a browser',
    command: ['wtr', '--config', 'test/web-test-runner.config.ts'],
    browser: true,
  },
  {
    name: 'widget in Firefox and WebKit',
    command: ['wtr', '--config', 'test/other-engines.config.ts'],
    browser: true,
    otherEngines: true,
  },
  {
    name: 'schedules with pages, a bounded part of them',
    command: [...NODE_TEST, 'test/faults/eyes/eyes-*.test.ts'],
    browser: true,
  },
  { name: 'end to end', command: ['playwright', 'test', '--config', 'test/e2e/playwright.config.ts'], browser: true },
];

/** Hundreds of processes load the same modules: each takes its types off once. */
const COMPILED = path.resolve('node_modules/.cache/compiled');

function failedWith(reason: string): Tally {
  return { ...emptyTally(), failed: 1, failures: [reason] };
}

/** Prints why an engine is skipped. */
function missingEngines(): Missing[] {
  const missing = [findFirefox(), findWebKit()].filter((found) => isMissing(found));
  for (const { reason } of missing) console.log(`    skipped: ${reason}`);
  return missing;
}

/** Runs a step and counts each engine that is missing as one skipped test. */
function runWithEngines(step: Step, folder: string): Tally {
  if (!step.otherEngines) return run(step, folder);
  const skipped = missingEngines().length;
  const tally = skipped < 2 ? run(step, folder) : emptyTally();
  return { ...tally, skipped: tally.skipped + skipped };
}

/** Runs one step to its end. A step without a reporter counts as one test: it passes or it fails. */
function run(step: Step, folder: string): Tally {
  const file = path.join(folder, `${step.name.replaceAll(/\W+/g, '-')}.json`);
  const [command = '', ...args] = step.command;
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TALLY_FILE: file, NODE_COMPILE_CACHE: COMPILED },
    shell: process.platform === 'win32',
  });
  if (error) console.error(error.message);
  const tally = readTally(file);
  const ending = `${step.name}: ended with ${status ?? 'a signal'}`;
  if (!tally) return status === 0 ? { ...emptyTally(), passed: 1 } : failedWith(ending);
  const silentFailure = status !== 0 && tally.failed === 0;
  return silentFailure ? { ...tally, failed: 1, failures: [ending] } : tally;
}

/** Without words all steps of the whole suite; otherwise each room's own step, and the steps whose name has a word. */
function stepsFor(asked: readonly string[]): Step[] {
  const isRoom = (word: string) => ROOMS.some((room) => room === word);
  const names = asked.filter((word) => !isRoom(word));
  const chosen = STEPS.filter(({ name, room }) =>
    room === undefined ? asked.length === 0 || names.some((word) => name.includes(word)) : asked.includes(room),
  );
  for (const word of names) {
    if (!STEPS.some(({ name, room }) => room === undefined && name.includes(word))) {
      const all = STEPS.filter(({ room }) => room === undefined).map(({ name }) => name);
      throw new RangeError(
        `npm test: "${word}" is no room and no part of a step's name; expected ${ROOMS.join(', ')}, or part of: ${all.join('; ')}`,
      );
    }
  }
  const build = STEPS.find(({ name }) => name === 'build');
  const useBuilt = chosen.some(
    ({ room, otherEngines }) => room === 'widget' || room === 'init' || room === 'recipes' || otherEngines,
  );
  const needsBuild = build && useBuilt && !chosen.includes(build);
  return needsBuild ? [build, ...chosen] : chosen;
}

const words = process.argv.slice(2);
const steps = stepsFor(words.filter((word) => word !== '--list'));
if (words.includes('--list')) {
  console.log(steps.map(({ name }) => name).join('\n'));
  process.exit();
}
const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-test-'));
const total = emptyTally();
const red: string[] = [];
const began = performance.now();
let isReady = false;

for (const [index, step] of steps.entries()) {
  console.log(`\n[${index + 1}/${steps.length}] ${step.name}`);
  const start = performance.now();
  let tally: Tally;
  try {
    if (step.browser) {
      if (!isReady) installEngines();
      isReady = true;
      ensureChromium();
    }
    tally = runWithEngines(step, folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(reason);
    tally = failedWith(`${step.name}: ${reason}`);
  }
  addTo(total, tally);
  if (tally.failed > 0) red.push(step.name);
  console.log(`    ${inWords(tally)} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

rmSync(folder, { recursive: true, force: true });
console.log(
  `\n${((performance.now() - began) / 1000).toFixed(0)} s in all${red.length > 0 ? `; failed: ${red.join(', ')}` : ''}`,
);
for (const failure of total.failures) console.log(`✗ ${failure}`);
console.log(inWords(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
