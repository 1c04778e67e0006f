import { InvalidArgumentError, Option, type Command } from 'commander';

import type { Flag } from '../core/engine/flag.ts';
import type { Provider } from '../core/engine/provider.ts';
import { TIMESTAMP_UNITS, type TimestampUnit } from '../core/engine/webhooks/delivery.ts';
import type { EndpointSpec } from '../core/engine/webhooks/endpoint.ts';
import type { WebhookBook } from '../core/engine/webhooks/book.ts';
import { PROVIDERS } from '../core/providers/index.ts';
import type { SandboxWebhooks } from '../options.ts';
import { hostNames } from './host-names.ts';

export interface WebhookFlags {
  readonly allowWebhookHost?: readonly string[];
}

const WITH_FLAGS = (PROVIDERS as readonly Provider[]).flatMap(({ name, webhooks }) =>
  webhooks?.flags ? [{ name, ...webhooks.flags }] : [],
);

export function addWebhookFlags(command: Command): Command {
  for (const { url, secret, timestamp } of WITH_FLAGS) {
    command.option(url.flags, url.about);
    if (secret) command.addOption(new Option(secret.flags, secret.about).argParser(someText));
    if (timestamp) {
      command.addOption(new Option(timestamp.flags, timestamp.about).choices(TIMESTAMP_UNITS).default('milliseconds'));
    }
  }
  const hosts = new Option('--allow-webhook-host <host...>', 'hosts besides this machine that webhooks may go to');
  return command.addOption(
    hosts.argParser(hostNames('receiver or receiver:3000', /^(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?$/i)),
  );
}

/** An empty text is a variable of the shell that is not set: as a secret, everybody would know it. */
export function someText(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected at least one character.');
}

/** The webhook options of a command line. */
export function webhooksOf(flags: WebhookFlags): SandboxWebhooks {
  const valueOf = (flag: Flag) => valueIn(flags, flag);
  const endpoints = WITH_FLAGS.flatMap(({ name, url, secret, timestamp }) =>
    ((valueOf(url) as readonly string[] | undefined) ?? []).map((address): EndpointSpec => ({
      provider: name,
      url: address,
      ...(secret && { secret: valueOf(secret) as string | undefined }),
      ...(timestamp && { timestamp: valueOf(timestamp) as TimestampUnit }),
    })),
  );
  const [timestamp] = WITH_FLAGS.flatMap((flag) => (flag.timestamp ? [valueOf(flag.timestamp)] : []));
  return {
    endpoints,
    allowHosts: flags.allowWebhookHost ?? [],
    ...(timestamp !== undefined && { timestamp: timestamp as TimestampUnit }),
  };
}

/** The secrets of a command line, by the credential that each sets: endpoints that are added later have them, too. */
export function webhookCredentials(flags: WebhookFlags): Readonly<Record<string, string>> {
  return Object.fromEntries(
    WITH_FLAGS.flatMap(({ secret }) => {
      const value = secret && (valueIn(flags, secret) as string | undefined);
      return value === undefined ? [] : [[secret!.credential, value]];
    }),
  );
}

function valueIn(flags: WebhookFlags, { flags: text }: Flag): unknown {
  return (flags as Readonly<Record<string, unknown>>)[new Option(text).attributeName()];
}

/** A line of the banner; empty without endpoints. */
export function webhookLine({ endpoints }: Pick<WebhookBook, 'endpoints'>): string {
  if (endpoints.length === 0) return '';
  return `\n  Webhooks    ${endpoints.map(({ url }) => url).join(', ')}`;
}
