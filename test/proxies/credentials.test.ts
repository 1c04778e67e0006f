import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import type { Problem } from '../../contract/index.ts';
import { buildGo, whyNoGo } from './go.ts';
import { UPAYMENTS, UQPAY } from './settings.ts';
import { askPhp, newFolder, newProject, noFlask, noPhp, noPython, run } from './starting.ts';
import { FOLDER } from './support.ts';

const SETTINGS = [
  ['REFUND_TOKEN', UPAYMENTS],
  ['REFUND_API_KEY', UQPAY],
  ['REFUND_CLIENT_ID', UQPAY],
] as const;
/** A file of secrets, or a .env with the line ends of Windows, leaves one behind. */
const ENDS = ['\r', '\n', '\r\n', '\u201D', '\r\nX-Other: 1'];

describe('a credential that no header can hold is named at the start, without its value', () => {
  const names = async (place: string, answer: (more: Readonly<Record<string, string>>) => Promise<string> | string) => {
    for (const [name, settings] of SETTINGS) {
      for (const end of ENDS) {
        const said = await answer({ ...settings, [name]: `SECRET${end}` });
        const sentence = `${name}: expected characters that a header can hold: is a line end left in it? Correct it ${place}`;
        // Go's log puts the time before it.
        assert.equal(said.trim().replace(/^\d{4}\/\d\d\/\d\d [\d:]+ /, ''), sentence);
      }
    }
  };
  const SERVER = 'in the environment of the server';

  for (const [name, script] of [
    ['Python', 'python/server.py'],
    ['nginx', 'nginx/start.py'],
  ] as const) {
    it(name, { skip: noPython }, (t) => {
      const [args, folder] = [[path.join(FOLDER, script)], newFolder(t)];
      return names(SERVER, (more) => run('python3', args, folder, more).stderr);
    });
  }

  it('Go', { skip: whyNoGo() }, async (t) => {
    const program = await buildGo(newFolder(t));
    await names(SERVER, (more) => run(program, [], path.dirname(program), more).stderr);
  });

  it('PHP', { skip: noPhp }, async (t) => {
    const script = path.join(FOLDER, 'php/index.php');
    await names(SERVER, async (more) => {
      const { detail } = (await (await askPhp(t, newFolder(t), script, more)).json()) as { detail: string };
      return detail;
    });
  });

  it(
    'PHP, which reads its settings anew for each request: it may have sent a refund before they were changed',
    {
      skip: noPhp,
    },
    async (t) => {
      const script = path.join(FOLDER, 'php/index.php');
      const wrong = { ...UPAYMENTS, REFUND_TOKEN: 'SECRET\n' };
      const sent = await askPhp(t, newFolder(t), script, wrong, { method: 'POST', path: '/create-refund' });
      const { effect } = (await sent.json()) as Problem;
      assert.deepEqual([sent.status, effect], [500, 'unknown']);
    },
  );

  it('the Flask project of init', { skip: noPython || noFlask }, async (t) => {
    const project = await newProject(t, 'flask');
    await names(`in .env (copy .env.example) or ${SERVER}`, (more) => run('python3', ['app.py'], project, more).stderr);
  });
});

it('Python never writes the value of a header that cannot be sent', { skip: noPython }, () => {
  const script = `
import sys
sys.path.insert(0, ${JSON.stringify(path.join(FOLDER, 'python'))})
import provider
for end in ("\\r", "\\n", "\\u201d"):
    try:
        provider.call("GET", "/", headers={"Authorization": "Bearer SECRET" + end}, to=provider.urlsplit(f"http://127.0.0.1:{sys.argv[1]}"))
    except Exception as error:
        print(repr(error), repr(error.__cause__), error.__suppress_context__)`;
  // Something has to listen: the connection is made first.
  const listening = `
import socket, subprocess, sys
with socket.create_server(("127.0.0.1", 0)) as server:
    print(subprocess.run([sys.executable, "-c", sys.argv[1], str(server.getsockname()[1])], capture_output=True, text=True))`;
  const { stdout } = run('python3', ['-c', listening, script], FOLDER, UPAYMENTS);
  assert.equal(stdout.match(/a header cannot be sent/g)?.length, 3, stdout);
  assert.ok(!stdout.split('stdout=')[1]?.includes('SECRET'), stdout);
});
