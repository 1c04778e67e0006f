import { handle } from './handle.ts';
import { SandboxState, type StateOptions } from './state.ts';
import { JSON_TYPE, type Answer, type Call } from './wire.ts';

const PREFIX = '/ns/';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A namespace lives as long as the server; a bound keeps a client that invents names from filling the memory. */
const MAX_NAMESPACES = 10_000;

/** A path, taken apart into the namespace it is in and what is below. */
export type Located =
  | { readonly ok: true; readonly state: SandboxState; readonly prefix: string; readonly path: string }
  | { readonly ok: false; readonly message: string };

/** Sandboxes beside each other on one server: `/ns/<name>/...` each, made on first use; without a prefix, the default one. */
export class Namespaces {
  readonly #options: StateOptions;
  readonly #named = new Map<string, SandboxState>();
  readonly main: SandboxState;
  /** Namespaces that were called and may have webhooks to send: a binding takes them out when it has looked after them. */
  readonly touched = new Set<SandboxState>();

  constructor(options: StateOptions) {
    this.#options = options;
    this.main = new SandboxState(options);
    if (this.main.webhooks.listening) this.touched.add(this.main);
  }

  get size(): number {
    return this.#named.size + 1;
  }

  locate(path: string): Located {
    if (!path.startsWith(PREFIX)) return { ok: true, state: this.main, prefix: '', path };
    const end = path.indexOf('/', PREFIX.length);
    const name = path.slice(PREFIX.length, end < 0 ? undefined : end);
    if (!NAME.test(name)) {
      return { ok: false, message: 'a namespace has 1 to 64 letters, digits, hyphens or underscores: /ns/<name>/...' };
    }
    let state = this.#named.get(name);
    if (!state) {
      if (this.#named.size >= MAX_NAMESPACES)
        return { ok: false, message: `there are ${MAX_NAMESPACES} namespaces already` };
      state = new SandboxState(this.#options);
      this.#named.set(name, state);
    }
    return { ok: true, state, prefix: `${PREFIX}${name}`, path: end < 0 ? '/' : path.slice(end) };
  }

  handle(call: Call): Answer {
    const located = this.locate(call.path);
    if (located.ok) {
      const { state, path, prefix } = located;
      const answer = handle(state, call, path, call.origin + prefix);
      if (state.webhooks.listening) this.touched.add(state);
      return answer;
    }
    return {
      status: 404,
      headers: { 'content-type': JSON_TYPE },
      body: JSON.stringify({ error: located.message }),
    };
  }
}
