export { createSandboxClient, SandboxControlError, type SandboxClient } from './client/client.ts';
export type {
  SandboxClock,
  SandboxHealth,
  SandboxJournalEntry,
  SandboxPolicy,
  SandboxRule,
  SandboxSnapshot,
  SandboxVerification,
} from './client/answers.ts';
export type {
  ClockChange,
  JournalExpectation,
  JournalExpectationFilter,
  JournalQuery,
  SandboxSeed,
  ScenarioOptions,
  ScenarioText,
} from './client/queries.ts';
export type { SandboxPayment, SandboxSettings } from './client/settings.ts';
export type { SandboxWebhook, SandboxWebhookEndpoint, WebhookQuery } from './client/webhooks.ts';
export { RecordFileError } from './bindings/record/seed-writer.ts';
export { StateFileError } from './bindings/state-file/error.ts';
export { PortTakenError } from './bindings/listen.ts';
export type { CallLine } from './bindings/node.ts';
export type { Latency } from './core/engine/latency.ts';
export { SCENARIO_NAMES, type ScenarioName } from './core/engine/scenarios/catalogue.ts';
export type { EndpointSpec } from './core/engine/webhooks/endpoint.ts';
export { SandboxOptionsError } from './options-error.ts';
export { WebhookEndpointError } from './core/engine/webhooks/endpoint-error.ts';
export {
  DEFAULT_SEED,
  SCENARIOS,
  type AmountStyle,
  type Collections,
  type Credentials,
  type GetStatus,
  type SeedData,
} from './core/providers/index.ts';
export type { SandboxOptions, SandboxWebhooks } from './options.ts';
export { createSandbox, type CreateSandboxOptions, type Sandbox } from './start.ts';
