import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { parse } from 'yaml';

import { makeProgram } from '../../mock-server/cli/flags.ts';
import { VARIABLES } from '../../proxy/server/stand-alone/variables.ts';
import { install, withNode, type Folder } from '../project/support/installed.ts';
import { ownPort } from '../runner/ports.ts';
import { RECIPES } from './list.ts';
import { RECIPES as PLACE } from './support.ts';

const read = (name: string) => readFileSync(path.join(PLACE, 'ci', name), 'utf8');
const dockerfile = read('Dockerfile');
const { scripts, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Commands of the pipelines that are not ours. */
const OTHERS = new Set(['npm install', 'npm ci', 'pip install pytest']);

function assertCommand(command: string, folder: string): void {
  if (OTHERS.has(command)) return;
  if (command === 'npm test') {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    assert.ok(manifest.scripts?.['test'], `${folder} has no script test`);
    return;
  }
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  assert.ok(readme.includes(`\n${command}\n`), `${folder}/README.md does not have the command ${command}`);
}

/** The arguments of an instruction in JSON form, of one stage. */
function instruction(stage: string, name: string): string[] {
  const [, body = ''] = new RegExp(`AS ${stage}\\n(.*?)(?=^FROM)`, 'ms').exec(`${dockerfile}\nFROM`) ?? [];
  const [, json] = new RegExp(`^${name}.*?(\\[.*\\])$`, 'm').exec(body) ?? [];
  assert.ok(json, `the stage ${stage} has no ${name}`);
  return JSON.parse(json) as string[];
}

describe('the images and pipelines', () => {
  for (const name of ['Dockerfile', 'github-actions.yml', 'gitlab-ci.yml']) {
    it(`say that they were not run: ${name}`, () => assert.match(read(name), /^# NOT RUN: /m));
  }

  it('run commands that exist, in folders that exist: GitHub Actions', () => {
    const { jobs } = parse(read('github-actions.yml')) as {
      jobs: Record<string, { steps: { run?: string; 'working-directory'?: string }[] }>;
    };
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    for (const { run, 'working-directory': folder = '.' } of steps) {
      assert.ok(statSync(folder).isDirectory());
      if (run !== undefined) assertCommand(run, folder);
    }
    assert.ok(steps.some(({ run }) => run === 'python3 -m pytest'));
  });

  it('run commands that exist, in folders that exist: GitLab CI', () => {
    const { stages, ...jobs } = parse(read('gitlab-ci.yml')) as Record<string, { script: string[] }>;
    assert.ok(stages);
    for (const { script } of Object.values(jobs)) {
      let folder = '.';
      for (const command of script) {
        if (command.startsWith('cd ')) folder = command.slice('cd '.length);
        else assertCommand(command, folder);
        assert.ok(existsSync(folder), folder);
      }
    }
    const names = new Set(RECIPES.map(({ name }) => name));
    assert.ok(Object.keys(jobs).some((job) => names.has(job)));
  });

  it('build from what npm run pack writes, with a pinned base and not as root', () => {
    assert.ok(scripts['pack']);
    assert.match(dockerfile, /^FROM node:\d+\.\d+\.\d+-\S+ AS installed$/m);
    assert.match(dockerfile, new RegExp(`json-server@${dependencies['json-server']}`));
    for (const stage of ['sandbox', 'proxy'])
      assert.match(dockerfile, new RegExp(`AS ${stage}\\n(?:(?!FROM)[^])*USER node\\n`));
  });

  it('set flags and variables that exist', () => {
    const flags = [...instruction('sandbox', 'ENTRYPOINT'), ...instruction('sandbox', 'CMD')];
    const known = new Set(makeProgram().options.map(({ long }) => long));
    for (const flag of flags.filter((text) => text.startsWith('--'))) assert.ok(known.has(flag), flag);
    const variables = [...dockerfile.matchAll(/\b(REFUND_[A-Z_]+)=/g)].map(([, name = '']) => name);
    assert.ok(variables.length > 0);
    for (const name of variables) assert.ok(name in VARIABLES, name);
  });
});

describe('the commands of the images', () => {
  let folder: Folder;
  before(() => (folder = install('refund-form-server')));
  after(() => folder.remove());

  for (const [stage, port] of [
    ['sandbox', 4010],
    ['proxy', 4020],
  ] as const) {
    it(`start the ${stage}, and its health check passes only while it runs`, async (t) => {
      const own = await ownPort();
      const [program = '', ...args] = instruction(stage, 'ENTRYPOINT');
      const more = stage === 'sandbox' ? ['--port', String(own)] : [];
      const demo = {
        REFUND_PROXY_DEMO: '1',
        REFUND_ALLOW_ANONYMOUS: '1',
        REFUND_ORDERS_URL: 'http://127.0.0.1:1/{id}',
      };
      const env = withNode(path.dirname(process.execPath), { ...demo, REFUND_PROXY_PORT: String(own) });
      const check = async (): Promise<number> => {
        const [node = '', flag = '', script = ''] = instruction(stage, 'HEALTHCHECK');
        const run = spawn(node, [flag, script.replace(String(port), String(own))], { env });
        return (await (once(run, 'close') as Promise<[number]>))[0];
      };
      assert.equal(await check(), 1);
      const child = spawn(program, [...args, ...more], { cwd: folder.path, env, stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = once(child, 'close');
      t.after(() => child.kill('SIGKILL'));
      await once(child.stdout, 'data');
      child.stdout.resume();
      assert.equal(await check(), 0);
      child.kill('SIGTERM');
      assert.deepEqual(await closed, [0, null]);
    });
  }
});
