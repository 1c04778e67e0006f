/** No webhook may go to an endpoint of the options; the message says why and what to do. */
export class WebhookEndpointError extends Error {
  override name = 'WebhookEndpointError' as const;

  constructor(url: string, reason: string) {
    super(`webhook endpoint ${url}: ${reason}`);
  }
}
