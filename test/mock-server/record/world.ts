import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { SeedWriter } from '../../../mock-server/bindings/record/seed-writer.ts';
import { serveRecording } from '../../../mock-server/bindings/record/server.ts';
import { parseUpstreams } from '../../../mock-server/bindings/record/upstream.ts';
import { readSeedFile } from '../../../mock-server/cli/seed-file.ts';
import { BUILT_IN } from '../../../mock-server/core/providers/index.ts';
import { createSandbox, createSandboxClient, type Sandbox } from '../../../mock-server/index.ts';

/** The time of every sandbox of these tests. */
export const START = Date.parse('2026-11-05T09:00:00+08:00');

export async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'record-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** The provider: a sandbox with these rows. */
export async function provider(t: TestContext, rows: object): Promise<Sandbox> {
  const sandbox = await createSandbox({ clock: 'frozen', startAt: START });
  t.after(() => sandbox.close());
  await createSandboxClient(sandbox.url).seed(rows);
  return sandbox;
}

export interface Recording {
  readonly file: string;
  readonly url: string;
  readonly gaps: () => readonly string[];
  /** Stops, and returns a sandbox of what was recorded, at the given time. */
  readonly replay: (at?: number) => Promise<Sandbox>;
}

/** Records what the provider answers, into a file of this name in a folder of its own. */
export async function record(t: TestContext, to: Sandbox, name = 'shop.yaml'): Promise<Recording> {
  let stop = (): Promise<void> => Promise.resolve();
  // Hooks run in this order: the folder is removed last.
  t.after(() => stop());
  const file = path.join(await folder(t), name);
  const upstreams = parseUpstreams([`uqpay=${to.uqpayUrl}`, `upayments=${to.upaymentsUrl}/`], BUILT_IN.providers);
  const writer = await SeedWriter.open({ file, onError: (error) => assertNever(error) });
  const options = { port: 0, host: '127.0.0.1', registry: BUILT_IN, upstreams, writer, now: () => START };
  const server = await serveRecording(options);
  stop = server.close;
  return {
    file,
    url: `http://127.0.0.1:${server.port}`,
    gaps: server.gaps,
    replay: async (at = START) => {
      await server.close();
      const replayed = await createSandbox({ clock: 'frozen', startAt: at, data: await readSeedFile(file, at) });
      t.after(() => replayed.close());
      return replayed;
    },
  };
}

function assertNever(error: Error): never {
  throw error;
}

type Json = Record<string, unknown>;

/** A merchant's backend, which calls both providers at one address. */
export class Merchant {
  readonly #url: string;
  #token = '';

  constructor(url: string) {
    this.#url = url;
  }

  async signIn(): Promise<this> {
    const headers = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
    const { auth_token: token } = await this.#call('POST', '/uqpay/api/v1/connect/token', headers);
    this.#token = String(token);
    return this;
  }

  get token(): string {
    return this.#token;
  }

  uqpay(method: 'GET' | 'POST', below: string, body?: object, scenario?: string): Promise<Json> {
    const key = body && { 'x-idempotency-key': crypto.randomUUID() };
    const headers = { 'x-auth-token': `Bearer ${this.#token}`, 'x-client-id': 'sandbox-client', ...key };
    return this.#call(method, `/uqpay/api/v2${below}`, { ...headers, ...scenarioHeader(scenario) }, body);
  }

  upayments(method: 'GET' | 'POST', below: string, body?: object): Promise<Json> {
    return this.#call(method, `/upayments/api/v1${below}`, { authorization: 'Bearer jtest123' }, body);
  }

  async #call(method: string, place: string, headers: Record<string, string>, body?: object): Promise<Json> {
    const response = await fetch(this.#url + place, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Json;
  }
}

const scenarioHeader = (scenario: string | undefined) =>
  scenario === undefined ? undefined : { 'x-sandbox-scenario': scenario };
