import { serveSandbox, type CallLine } from './bindings/node.ts';
import type { OwnRecord } from './bindings/record/own-record.ts';
import type { StateFile, StateFileOptions } from './bindings/state-file/state-file.ts';
import type { SandboxState } from './core/engine/state.ts';
import { Namespaces } from './core/namespaces.ts';
import type { ProviderName } from './core/providers/index.ts';
import { SERVER_OPTIONS } from './options-check.ts';
import { senderOptions, stateOptions, type SandboxOptions } from './options.ts';

export interface CreateSandboxOptions extends SandboxOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** SQLite file in which everything survives the process: no answered call is lost, however the process ends. */
  readonly db?: string;
  /** Bytes of calls in that file after which a new snapshot replaces them, 16 MiB by default. */
  readonly dbCompactAfter?: number;
  /** JSON or YAML file in which the rows are kept as a seed, without secrets and personal data. It must not exist yet. */
  readonly record?: string;
  /** Maximum number of namespaces, 10,000 by default. */
  readonly namespaceLimit?: number;
  /** `false`: any page and any host name may use the control API. `true` by default; see `docs/sandbox.md`. */
  readonly controlGuard?: boolean;
  /** Host names, without a port, that the control API may be called by besides those of this machine. */
  readonly controlHosts?: readonly string[];
  /** Gets every call after it was answered, except the reads of the inspector's page. */
  readonly onCall?: (line: CallLine) => void;
}

/** Base address for the clients of each provider. */
type ProviderUrls = { readonly [Name in ProviderName as `${Name}Url`]: string };

export interface Sandbox extends ProviderUrls {
  readonly url: string;
  readonly port: number;
  /**
   * Epoch milliseconds of the virtual clock of the default namespace. A proxy beside the sandbox needs it as its own clock
   * if anything moves that of the sandbox; see `docs/sandbox.md#time`.
   */
  readonly now: () => number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts the providers on one HTTP server: `await using sandbox = await createSandbox()`.
 * @throws SandboxOptionsError when an option is misspelt or has a value that is not taken
 * @throws PortTakenError when something else listens on the port
 * @throws StateFileError when the file of `db` is in use, damaged, or cannot be written
 * @throws RecordFileError when the file of `record` is there already or cannot be written; `close` throws it as well
 */
export async function createSandbox(options: CreateSandboxOptions = {}): Promise<Sandbox> {
  return (await startSandbox(options)).sandbox;
}

/** A sandbox and the state behind it. */
export interface Started {
  readonly sandbox: Sandbox;
  /** The default namespace. */
  readonly main: SandboxState;
}

/** The same for the command line, which tells what the state is. */
export async function startSandbox(options: CreateSandboxOptions): Promise<Started> {
  const { port = 0, host = '127.0.0.1', db: file, namespaceLimit } = options;
  const state = stateOptions(options, SERVER_OPTIONS);
  const { dbCompactAfter: compactAfter } = options;
  const durable = file === undefined ? undefined : await openStateFile({ file, state, namespaceLimit, compactAfter });
  const namespaces = durable?.namespaces ?? new Namespaces(state, { limit: namespaceLimit });
  const hosts = [host, ...(options.controlHosts ?? [])].map((name) => name.toLowerCase());
  const control = { guard: options.controlGuard ?? true, hosts };
  const record = options.record === undefined ? undefined : await openRecord(options.record, namespaces);
  const onCall = record ? (line: CallLine) => (record.update(), options.onCall?.(line)) : options.onCall;
  const serving = serveSandbox(namespaces, { port, host, onCall, sender: senderOptions(options), durable, control });
  const server = await serving.catch(async (error: unknown) => {
    await durable?.close();
    await record?.discard();
    throw error;
  });
  const close = async () => {
    await server.close();
    await durable?.close();
    await record?.close();
  };
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  const urls = state.registry.providers.map(({ name, prefix }) => [`${name}Url`, url + prefix]);
  const sandbox = {
    url,
    ...(Object.fromEntries(urls) as ProviderUrls),
    port: server.port,
    now: () => namespaces.main.clock.now(),
    close,
    [Symbol.asyncDispose]: close,
  };
  return { sandbox, main: namespaces.main };
}

/** Keeps the rows of the main namespace in a file. Loaded on first use. */
async function openRecord(file: string, namespaces: Namespaces): Promise<OwnRecord> {
  const { OwnRecord } = await import('./bindings/record/own-record.ts');
  return OwnRecord.open(file, namespaces);
}

/** Loaded on first use, because most sandboxes have no file. */
async function openStateFile(options: StateFileOptions): Promise<StateFile> {
  const { StateFile } = await import('./bindings/state-file/state-file.ts');
  return StateFile.open(options);
}
