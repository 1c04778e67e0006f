import { Option, type Command } from 'commander';

import type { EndpointSpec } from '../core/engine/webhooks/book.ts';
import { TIMESTAMP_UNITS, type TimestampUnit } from '../core/engine/webhooks/delivery.ts';
import type { SandboxWebhooks } from '../options.ts';

/** What the webhook flags of a command line were set to. */
export interface WebhookFlags {
  readonly webhookUrl?: readonly string[];
  readonly webhookSecret?: string;
  readonly webhookTimestamp: TimestampUnit;
  readonly callbackUrl?: readonly string[];
  readonly allowWebhookHost?: readonly string[];
}

export function addWebhookFlags(command: Command): Command {
  return command
    .option('--webhook-url <url...>', "where UQPAY's webhooks go, signed")
    .option('--webhook-secret <text>', 'what they are signed with (default: "sandbox-webhook-secret")')
    .addOption(
      new Option('--webhook-timestamp <unit>', "unit of x-wk-timestamp; UQPAY's Node library 0.3.1 reads seconds only")
        .choices(TIMESTAMP_UNITS)
        .default('milliseconds'),
    )
    .option('--callback-url <url...>', "where UPayments' callbacks go, besides each refund's notifyUrl")
    .option('--allow-webhook-host <host...>', 'hosts besides this machine that webhooks may go to');
}

export function webhooksOf(flags: WebhookFlags): SandboxWebhooks {
  const signed = (url: string): EndpointSpec => ({
    provider: 'uqpay',
    url,
    secret: flags.webhookSecret,
    timestamp: flags.webhookTimestamp,
  });
  const plain = (url: string): EndpointSpec => ({ provider: 'upayments', url });
  return {
    endpoints: [...(flags.webhookUrl ?? []).map(signed), ...(flags.callbackUrl ?? []).map(plain)],
    allowHosts: flags.allowWebhookHost ?? [],
  };
}

/** A line of the banner; empty when webhooks go nowhere yet. */
export function webhookLine({ endpoints = [] }: SandboxWebhooks): string {
  if (endpoints.length === 0) return '';
  return `\n  Webhooks    ${endpoints.map(({ url }) => url).join(', ')}`;
}
