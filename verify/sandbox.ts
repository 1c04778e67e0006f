import * as z from 'zod/mini';

import { reason } from './drive.ts';

const rows = z.array(z.looseObject({ id: z.string() }));
const snapshot = z.looseObject({ rows: z.record(z.string(), z.array(z.unknown())) });
export type Row = z.infer<typeof rows>[number];
/** Rows to add, each with its collection. */
export type NewRows = readonly (readonly [collection: string, row: object])[];
const refusal = z.looseObject({ error: z.string() });

/** Nothing can be judged. The set-up is wrong, not the proxy. */
export class SetupError extends Error {
  override name = 'SetupError' as const;
}

export interface ScenarioOptions {
  readonly provider: string;
  readonly params?: Readonly<Record<string, number>>;
  /** How many calls the scenario applies to, 1 by default. */
  readonly times?: number;
  /** Name of the sandbox's route. Without it the calls that move money. */
  readonly route?: string;
}

/** The control API of one namespace of the sandbox: reads what was really refunded, and sets the next scenario. */
export class Sandbox {
  /** The address of the namespace, without a trailing slash. */
  readonly url: string;
  readonly #seeds = new Map<string, Promise<Row[]>>();

  constructor(url: string, namespace: string) {
    this.url = `${url.replace(/\/+$/, '')}/ns/${namespace}`;
  }

  /** Deletes the namespace, so that a shared sandbox stays clean. A sandbox that cannot delete it keeps it. */
  async forget(): Promise<void> {
    await fetch(this.url, { method: 'DELETE' });
  }

  /** @throws SetupError when nothing answers, or when what answers is not a sandbox */
  async ready(): Promise<void> {
    const health = z.safeParse(z.looseObject({ status: z.literal('ok') }), await this.#call('GET', '/health'));
    if (!health.success) throw new SetupError(`${this.url}: what answers there is not a sandbox`);
  }

  /** @param only a member and its value: without it all rows of the collection */
  async rows(collection: string, only: Readonly<Record<string, string>> = {}): Promise<Row[]> {
    return z.parse(rows, await this.#call('GET', `/db/${collection}?${String(new URLSearchParams(only))}`));
  }

  /** The rows of a collection when they were first read here, before any payment of verify is among them. */
  seed(collection: string): Promise<Row[]> {
    const seed = this.#seeds.get(collection) ?? this.rows(collection);
    this.#seeds.set(collection, seed);
    return seed;
  }

  /** Adds rows one by one. A sandbox of an older version may edit none, but takes a whole snapshot with them in it. */
  async addRows(rows: NewRows): Promise<void> {
    for (const [index, [collection, row]] of rows.entries()) {
      const added = await this.#send('POST', `/db/${collection}`, row);
      if (added.status === NOT_IMPLEMENTED) return this.addAtOnce(rows.slice(index));
      read(added);
    }
  }

  /** Adds rows with a snapshot. One by one the sandbox compares each with all that are there. */
  async addAtOnce(rows: NewRows): Promise<void> {
    const { rows: before, ...rest } = z.parse(snapshot, await this.#call('GET', '/snapshot'));
    const after = Object.entries(before).map(([name, old]) => {
      return [name, [...old, ...rows.flatMap(([collection, row]) => (collection === name ? [row] : []))]] as const;
    });
    await this.#call('POST', '/restore', { ...rest, rows: Object.fromEntries(after) });
  }

  async scenario(name: string, options: ScenarioOptions): Promise<void> {
    await this.#call('POST', '/scenarios', { scenario: name, ...options });
  }

  async clearScenarios(): Promise<void> {
    await this.#call('DELETE', '/scenarios');
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    return read(await this.#send(method, path, body));
  }

  async #send(method: string, path: string, body?: object): Promise<Answer> {
    const url = `${this.url}/_sandbox${path}`;
    try {
      const response = await fetch(url, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return { call: `${method} ${url}`, status: response.status, text: await response.text() };
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new SetupError(
        `${method} ${url}: no sandbox answers (${reason(cause)}). Start one with: refund-form sandbox`,
      );
    }
  }
}

const NOT_IMPLEMENTED = 501;

interface Answer {
  /** Method and address. */
  readonly call: string;
  readonly status: number;
  readonly text: string;
}

/** @throws SetupError when the sandbox refused */
function read({ call, status, text }: Answer): unknown {
  if (status >= 200 && status < 300) return text === '' ? undefined : (JSON.parse(text) as unknown);
  const error = z.safeParse(refusal, parseJson(text)).data?.error;
  throw new SetupError(`${call} answered ${status}: ${error ?? text.slice(0, 200)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
