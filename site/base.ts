export class SiteBaseError extends Error {
  override name = 'SiteBaseError' as const;
}

/**
 * The folder of a host that the site will be served from, such as `/refund-form/`; the root without one.
 * @throws SiteBaseError when it is no path of a folder
 */
export function siteBase(text = '/'): string {
  if (!/^\/(?:[\w.~-]+\/)*$/.test(text)) {
    throw new SiteBaseError(
      `SITE_BASE: expected a path with a slash at both ends, such as /refund-form/, received ${text}`,
    );
  }
  return text;
}
