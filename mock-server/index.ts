import { Namespaces } from './core/namespaces.ts';
import { serveSandbox, type CallLine } from './node.ts';
import { senderOptions, stateOptions, type SandboxOptions } from './options.ts';

export {
  createSandboxClient,
  SandboxControlError,
  type ClockChange,
  type JournalQuery,
  type SandboxClient,
  type SandboxClock,
  type SandboxHealth,
  type SandboxJournalEntry,
  type SandboxPayment,
  type SandboxRule,
  type ScenarioOptions,
} from './client.ts';
export { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from './core/scenarios.ts';
export type { SandboxWebhook, SandboxWebhookEndpoint, WebhookQuery } from './client-webhooks.ts';
export type { Credentials } from './core/state.ts';
export type { Collections, SeedData } from './core/rows.ts';
export { PortTakenError, type CallLine } from './node.ts';
export type { SandboxOptions, SandboxWebhooks } from './options.ts';
export type { EndpointSpec } from './core/webhooks/book.ts';
export { WebhookEndpointError } from './core/webhooks/endpoint-error.ts';
export { DEFAULT_SEED } from './seed.ts';

export interface CreateSandboxOptions extends SandboxOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `127.0.0.1` by default. */
  readonly host?: string;
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
 */
export async function createSandbox(options: CreateSandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', onCall } = options;
  const server = await serveSandbox(new Namespaces(stateOptions(options)), {
    port,
    host,
    onCall,
    sender: senderOptions(options),
  });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  return {
    url,
    uqpayUrl: `${url}/uqpay/api`,
    upaymentsUrl: `${url}/upayments/api/v1`,
    port: server.port,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}
