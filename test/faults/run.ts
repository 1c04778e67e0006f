import { spawnSync } from 'node:child_process';

/**
 * Runs everything: 10,000 schedules, 200 kills, 500 schedules with pages, and every planted mistake, also of a merchant's proxy. Arguments select
 * test files: `npm run faults -- kill`. `TEST_SEED` selects another run; a failure prints its seed and the path to
 * the schedule.
 */
const words = process.argv.slice(2);
const FILES = [
  'schedules-sqlite',
  'schedules-postgres',
  'kill',
  'planted',
  'eyes/eyes-uqpay',
  'eyes/eyes-upayments',
  'eyes/eyes-naive',
  'eyes/planted-widget',
  '../verify/planted-uqpay',
  '../verify/planted-upayments',
];
const files = FILES.filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', ...files.map((name) => `test/faults/${name}.test.ts`)],
  {
    stdio: 'inherit',
    env: {
      FAULTS_SCHEDULES: '10000',
      FAULTS_KILLS: '200',
      FAULTS_EYES: '500',
      FAULTS_PLANTED_ONE_IN: '1',
      ...process.env,
    },
  },
);
process.exitCode = status ?? 1;
