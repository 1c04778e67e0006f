/** The origin of a page that is not the merchant's. */
export interface Stranger {
  readonly origin: string;
  /** Also of the merchant's own pages, if all subdomains beside the proxy are: a proxy that lets this one in means them. */
  readonly sibling?: string;
}

const NAME = 'verify-stranger';
/** Nothing listens there: browsers open no page at this port. */
const NO_PAGE_PORT = 1;

export const FOREIGN = `https://${NAME}.invalid`;
export const STRANGERS: readonly Stranger[] = [FOREIGN, `http://${NAME}.invalid`, 'null'].map((origin) => ({ origin }));

/**
 * Origins of strangers that a careless comparison takes for this one: by how they begin or end, by a dot that stands for any
 * character, or without looking at the scheme or the port.
 */
export function lookAlikes(own: URL): readonly Stranger[] {
  const { protocol, hostname, host } = own;
  const labels = /^[\d.]+$|^\[/.test(hostname) ? [] : hostname.split('.');
  const parent = labels.slice(1).join('.');
  const hasSiblings = labels.length > 2;
  return [
    { origin: `${protocol}//${hostname}.${NAME}.invalid` },
    ...(host === hostname ? [] : [{ origin: `${protocol}//${host}.${NAME}.invalid` }]),
    { origin: `${protocol}//${NAME}${host}`, ...(hasSiblings && { sibling: `${protocol}//${NAME}.${parent}` }) },
    ...(hasSiblings ? [{ origin: `${protocol}//${NAME}${parent}` }] : []),
    ...(hostname.includes('.') ? [{ origin: `${protocol}//${host.replace('.', 'x')}` }] : []),
    { origin: `${protocol}//${hostname}:${NO_PAGE_PORT}` },
    // A server behind one that speaks TLS for it does not know that its own pages come by https.
    ...(protocol === 'https:' ? [{ origin: `http://${host}` }] : []),
  ];
}
