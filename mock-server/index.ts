import { Namespaces } from './core/namespaces.ts';
import { serveSandbox, type CallLine } from './bindings/node.ts';
import type { StateFile, StateFileOptions } from './bindings/state-file/state-file.ts';
import { senderOptions, stateOptions, type SandboxOptions } from './options.ts';

export {
  createSandboxClient,
  SandboxControlError,
  type ClockChange,
  type JournalQuery,
  type SandboxClient,
  type SandboxClock,
  type JournalExpectation,
  type JournalExpectationFilter,
  type SandboxHealth,
  type SandboxPolicy,
  type SandboxSeed,
  type SandboxSettings,
  type ScenarioText,
  type SandboxSnapshot,
  type SandboxVerification,
  type SandboxJournalEntry,
  type SandboxPayment,
  type SandboxRule,
  type ScenarioOptions,
} from './client/client.ts';
export { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from './core/engine/scenarios/scenarios.ts';
export type { SandboxWebhook, SandboxWebhookEndpoint, WebhookQuery } from './client/webhooks.ts';
export type { Credentials } from './core/engine/state.ts';
export type { Collections, SeedData } from './core/providers/uqpay/rows.ts';
export { PortTakenError, type CallLine } from './bindings/node.ts';
export type { Latency } from './core/engine/latency.ts';
export type { AmountStyle, GetStatus } from './core/engine/settings.ts';
export type { SandboxOptions, SandboxWebhooks } from './options.ts';
export type { EndpointSpec } from './core/engine/webhooks/book.ts';
export { WebhookEndpointError } from './core/engine/webhooks/endpoint-error.ts';
export { StateFileError } from './bindings/state-file/error.ts';
export { DEFAULT_SEED } from './core/providers/uqpay/seed.ts';

export interface CreateSandboxOptions extends SandboxOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** File in which everything survives the process: no answered call is lost, however it ends. */
  readonly db?: string;
  /** Bytes of calls in that file after which they are folded into a snapshot, 16 MiB by default. */
  readonly dbCompactAfter?: number;
  /** Told in a sentence what of that file was left out; a warning of the process without it. */
  readonly onNotice?: (notice: string) => void;
  /** Namespaces that can be there at a time, 10,000 by default. */
  readonly namespaceLimit?: number;
  /** `false`: any page and any host name may use the control API. `true` by default; see `docs/sandbox.md`. */
  readonly controlGuard?: boolean;
  /** Host names, without a port, that the control API may be called by besides those of this machine. */
  readonly controlHosts?: readonly string[];
  /** Told of every call after it was answered. */
  readonly onCall?: (line: CallLine) => void;
}

export interface Sandbox {
  readonly url: string;
  /** What a UQPAY client takes as its base address. */
  readonly uqpayUrl: string;
  /** What a UPayments client takes as its base address. */
  readonly upaymentsUrl: string;
  readonly port: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts both providers on one HTTP server: `await using sandbox = await createSandbox()`.
 * @throws PortTakenError when something else listens on the port
 * @throws StateFileError when the file of `db` is in use, damaged, or cannot be written
 */
export async function createSandbox(options: CreateSandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', onCall, db: file, namespaceLimit } = options;
  const state = stateOptions(options);
  const { dbCompactAfter: compactAfter, onNotice } = options;
  const durable =
    file === undefined ? undefined : await openStateFile({ file, state, namespaceLimit, compactAfter, onNotice });
  const namespaces = durable?.namespaces ?? new Namespaces(state, { limit: namespaceLimit });
  const hosts = [host, ...(options.controlHosts ?? [])].map((name) => name.toLowerCase());
  const control = { guard: options.controlGuard ?? true, hosts };
  const serving = serveSandbox(namespaces, { port, host, onCall, sender: senderOptions(options), durable, control });
  const server = await serving.catch(async (error: unknown) => {
    await durable?.close();
    throw error;
  });
  const close = async () => {
    await server.close();
    await durable?.close();
  };
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  return {
    url,
    uqpayUrl: `${url}/uqpay/api`,
    upaymentsUrl: `${url}/upayments/api/v1`,
    port: server.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Only whoever wants it waits for it to load. */
async function openStateFile(options: StateFileOptions): Promise<StateFile> {
  const { StateFile } = await import('./bindings/state-file/state-file.ts');
  return StateFile.open(options);
}
