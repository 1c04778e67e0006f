import type * as z from 'zod/mini';

import { refusal } from '../../client/answers.ts';

/** A control call that was refused; the message is the sandbox's own sentence. */
export class ControlError extends Error {
  override name = 'ControlError' as const;
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The sandbox did not answer, or not as itself: it was stopped, or something else listens there now. */
export class UnreachableError extends Error {
  override name = 'UnreachableError' as const;
}

interface Received {
  readonly text: string;
  readonly value: unknown;
}

const READ_TIMEOUT_MS = 10_000;
/** Looking at a namespace must not bring it back after its test has deleted it. */
const HEADERS = { 'x-sandbox-namespace': 'existing' };

/** The control API of one namespace. */
export class Control {
  /** `/ns/<name>`, or empty for the default namespace. */
  readonly #base: string;
  readonly #received = new Map<string, Received>();

  constructor(namespace: string) {
    this.#base = namespace === '' ? '' : `/ns/${namespace}`;
  }

  /**
   * Reads below `/_sandbox`. An answer that has not changed gives the same object again, so that nothing is drawn twice.
   * @throws ControlError when the sandbox refuses, UnreachableError when it does not answer
   */
  async read<Schema extends z.ZodMiniType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
    const text = await this.#call('GET', `${this.#base}/_sandbox${path}`);
    const [key = path] = path.split('?');
    const known = this.#received.get(key);
    if (known?.text === text) return known.value as z.infer<Schema>;
    const value = parse(text, schema);
    this.#received.set(key, { text, value });
    return value;
  }

  /** Changes something below `/_sandbox`. @param body is sent as JSON */
  async send<Schema extends z.ZodMiniType>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.infer<Schema>> {
    return parse(await this.#call(method, `${this.#base}/_sandbox${path}`, body), schema);
  }

  /** Calls a path of the server itself, such as `/ns`. */
  async server<Schema extends z.ZodMiniType>(
    method: 'GET' | 'DELETE',
    path: string,
    schema: Schema,
  ): Promise<z.infer<Schema>> {
    return parse(await this.#call(method, path), schema);
  }

  /** Makes this namespace, if it is not there. */
  async create(): Promise<void> {
    await this.#call('GET', `${this.#base}/_sandbox/health`, undefined, {});
  }

  async #call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = HEADERS,
  ): Promise<string> {
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // A read that hangs would stop all later ones. A change may take its time, and nobody knows what became of it.
        ...(method === 'GET' && { signal: AbortSignal.timeout(READ_TIMEOUT_MS) }),
      });
    } catch (error) {
      throw new UnreachableError(String(error), { cause: error });
    }
    const text = await response.text();
    if (response.ok) return text;
    throw new ControlError(response.status, reasonOf(text) ?? `${method} ${path}: ${response.status}`);
  }
}

function parse<Schema extends z.ZodMiniType>(text: string, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UnreachableError(`unexpected answer at ${issue?.path.join('.') || 'its root'}: ${text.slice(0, 100)}`);
}

function reasonOf(text: string): string | undefined {
  return refusal.safeParse(jsonOf(text)).data?.error;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
