/** Everything that a new provider needs; `createSandbox({ providers: [yours] })` adds it to the sandbox. */
export { beginExecution, member, note, scenarioInText, textMember } from './core/engine/context.ts';
export { insertByTime, minorOf } from './core/engine/indexes.ts';
export { routeMakers } from './core/engine/routes.ts';
export { parseDuration, parseInstant, toRfc3339, type Millis } from './core/engine/time.ts';
export { describe, explainIssues } from './core/engine/validation.ts';
export { ok, type Call, type Reply } from './core/engine/wire.ts';
export type { Collections, LooseRow, LooseRows, Row, RowModel, SeedData } from './core/engine/data-model.ts';
export type { DueEvent } from './core/engine/due.ts';
export type { Description, Operation } from './core/engine/openapi/operation.ts';
export type { PaymentOverview } from './core/engine/overview.ts';
export type { Policies } from './core/engine/policies.ts';
export type {
  BodyKind,
  Checkout,
  Context,
  FollowEdit,
  Handler,
  Provider,
  ProviderOverview,
  ProviderWebhooks,
  RefusalKind,
  Route,
  Sessions,
  ShellSignIn,
  State,
  Timer,
} from './core/engine/provider.ts';
export type { ScenarioName } from './core/engine/scenarios/catalogue.ts';
export type { Chosen } from './core/engine/scenarios/parse.ts';
export type { Setting, Settings } from './core/engine/settings.ts';
