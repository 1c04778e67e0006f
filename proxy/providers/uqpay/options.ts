import type { Credential } from '../credential.ts';

export interface UqpayOptions {
  /** Ends in `/api`. */
  readonly baseUrl: string;
  readonly clientId: Credential;
  readonly apiKey: Credential;
  /** A connected account's id (UUID). From configuration only: the browser can never choose the account. */
  readonly onBehalfOf?: string | undefined;
  /** Signs the webhooks. Without it no webhook is accepted. */
  readonly webhookSecret?: Credential | undefined;
  /** The second secret, while the provider changes from one to the other. */
  readonly previousWebhookSecret?: Credential | undefined;
  /** Allows `http://` to another machine, over a network of your own: the credentials go in clear. */
  readonly allowPlainHttp?: boolean | undefined;
}
