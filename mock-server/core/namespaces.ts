import { ownHeaderFault } from './engine/own-headers.ts';
import type { Registry } from './engine/registry.ts';
import { SandboxState, type StateOptions } from './engine/state.ts';
import { describe } from './engine/validation.ts';
import { JSON_TYPE, type Answer, type Call } from './engine/wire.ts';
import { handle } from './handle.ts';
import { nameFault } from './namespace-name.ts';

const PREFIX = '/ns/';
const ROOT = '/ns';
/** Who only looks must not bring back a namespace that its test has deleted. */
export const EXISTING_HEADER = 'x-sandbox-namespace';
const EXISTING = 'existing';
/** The limit, so that a client that invents names cannot fill the memory. */
const MAX_NAMESPACES = 10_000;

/** A path, split into its namespace and the rest. The default namespace has an empty name and an empty prefix. */
export type Located =
  | {
      readonly ok: true;
      readonly state: SandboxState;
      readonly name: string;
      readonly prefix: string;
      readonly path: string;
    }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** Independent sandboxes on one server, each below `/ns/<name>` and made on first use. Without that prefix, the default one. */
export class Namespaces {
  readonly #options: StateOptions;
  readonly #named = new Map<string, SandboxState>();
  readonly main: SandboxState;
  readonly registry: Registry;
  /** Namespaces that were called and may have webhooks to send. A binding empties the set. */
  readonly touched = new Set<SandboxState>();

  readonly limit: number;

  constructor(options: StateOptions, { limit = MAX_NAMESPACES }: { limit?: number | undefined } = {}) {
    this.#options = options;
    this.limit = limit;
    this.registry = options.registry;
    this.main = new SandboxState(options);
    // Rows that cannot be indexed throw here and not at the first call.
    void this.main.store;
    if (this.main.webhooks.listening) this.touched.add(this.main);
  }

  get size(): number {
    return this.#named.size + 1;
  }

  /** @param headers of the call; with `x-sandbox-namespace: existing` no namespace is made */
  locate(path: string, headers: Call['headers'] = {}): Located {
    const header = headers[EXISTING_HEADER];
    const fault = headerFault(header);
    if (fault !== undefined) return { ok: false, status: 400, message: fault };
    if (!path.startsWith(PREFIX)) return { ok: true, state: this.main, name: '', prefix: '', path };
    const end = path.indexOf('/', PREFIX.length);
    const name = path.slice(PREFIX.length, end < 0 ? undefined : end);
    const message = nameFault(name);
    if (message !== undefined) return { ok: false, status: 404, message };
    if (!this.#named.has(name) && header === EXISTING) {
      return { ok: false, status: 404, message: `there is no namespace "${name}"` };
    }
    if (!this.#named.has(name) && this.#named.size >= this.limit) {
      const message = `there are ${this.limit} namespaces already: DELETE /ns/<name> those that are done`;
      return { ok: false, status: 409, message };
    }
    const state = this.open(name);
    return { ok: true, state, name, prefix: `${PREFIX}${name}`, path: end < 0 ? '/' : path.slice(end) };
  }

  /** The state of a namespace, made on first use; the default one's name is empty. */
  open(name: string): SandboxState {
    const existing = name === '' ? this.main : this.#named.get(name);
    if (existing) return existing;
    const state = new SandboxState(this.#options, name);
    this.#named.set(name, state);
    return state;
  }

  /** Whether the namespace of this name still has this state: a deleted one that is made again has another. */
  has(state: SandboxState, name: string): boolean {
    return (name === '' ? this.main : this.#named.get(name)) === state;
  }

  /** @returns whether there was one */
  delete(name: string): boolean {
    const state = this.#named.get(name);
    state?.webhooks.silence();
    if (state) this.touched.delete(state);
    return this.#named.delete(name);
  }

  /** Every namespace by its name, the default one, whose name is empty, first. */
  entries(): readonly (readonly [name: string, state: SandboxState])[] {
    return [['', this.main], ...this.#named];
  }

  handle(call: Call): Answer {
    return (call.path.startsWith(ROOT) ? this.#manage(call) : undefined) ?? this.#pass(call);
  }

  /** `GET /ns` lists the namespaces, `DELETE /ns/<name>` forgets one; `undefined` for everything below one. */
  #manage({ method, path, headers }: Call): Answer | undefined {
    const name = path.slice(PREFIX.length).replace(/\/$/, '');
    const lists = path === ROOT && (method === 'GET' || method === 'HEAD');
    const forgets = path.startsWith(PREFIX) && method === 'DELETE' && nameFault(name) === undefined;
    if (!lists && !forgets) return undefined;
    const fault = ownHeaderFault({ headers }) ?? headerFault(headers[EXISTING_HEADER]);
    if (fault !== undefined) return json(400, { error: fault });
    if (lists) return json(200, { namespaces: [...this.#named.keys()], limit: this.limit });
    if (this.delete(name)) return json(200, { deleted: name });
    return json(404, { error: `there is no namespace "${name}"` });
  }

  #pass(call: Call): Answer {
    const located = this.locate(call.path, call.headers);
    if (located.ok) {
      const { state, path, prefix } = located;
      const answer = handle(state, call, path, call.origin + prefix);
      if (state.webhooks.listening) this.touched.add(state);
      return answer;
    }
    return this.#refuse(call.path, located.status, located.message);
  }

  /** In the shape of the provider whose path it was to be, so that its client library can read the refusal. */
  #refuse(path: string, status: number, message: string): Answer {
    const provider = this.registry.placeOf(path.replace(/^\/ns\/[^/]*/, ''))?.provider;
    if (!provider) return json(status, { error: message });
    const reply = provider.refuse('unknown_path', message);
    return { status: reply.status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(reply.body) };
  }
}

/** The header names no namespace: the path does. Who takes it for a name would work in another one. */
function headerFault(header: Call['headers'][string]): string | undefined {
  if (header === undefined || header === EXISTING) return undefined;
  return `${EXISTING_HEADER}: expected ${EXISTING}, or no such header, received ${describe(header)}`;
}

const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': JSON_TYPE },
  body: JSON.stringify(body),
});
