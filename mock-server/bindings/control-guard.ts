import { isIP } from 'node:net';

import { isLoopback } from './cors.ts';

export interface GuardOptions {
  /** `false` allows every caller. */
  readonly guard: boolean;
  /** Host names, without a port, that a caller of the control API may use besides the names of this machine. */
  readonly hosts: readonly string[];
}

/** The parts of a request that show where it comes from. */
export interface Caller {
  readonly method: string;
  /** Path below the server root, still percent-encoded. */
  readonly path: string;
  /** The host that the client called, as `name:port`. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly site: string | undefined;
  readonly mode: string | undefined;
}

const CONTROL = /^(?:\/ns\/[^/]*)?\/_sandbox(?:\/|$)|^\/ns(?:\/[^/]*)?\/?$/;

/**
 * Why a call may not use the control API, as a sentence; `undefined` when it may. Any page in a browser on this machine can
 * make the browser call it: by a form, by a link, or by a name that the page's owner points at 127.0.0.1. A program sends no
 * `Origin` and uses a name of this machine.
 */
export function controlFault(caller: Caller, { guard, hosts }: GuardOptions): string | undefined {
  if (!guard || !isControl(caller.path)) return undefined;
  return hostFault(caller.host, hosts) ?? siteFault(caller, hosts);
}

/** Matches every spelling that later code decodes or normalises to the same path. */
function isControl(path: string): boolean {
  return CONTROL.test(path) || /_sandbox/i.test(decoded(path));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** The owner of a host name can make it resolve to this machine. An IP address cannot be redirected like that. */
function hostFault(host: string | undefined, allowed: readonly string[]): string | undefined {
  const name = nameOf(host);
  if (name === undefined || isOwn(name) || allowed.includes(name)) return undefined;
  return (
    `host: ${JSON.stringify(name)} is not a name of this machine: expected localhost or an IP address, or start the ` +
    `sandbox with --allow-control-host ${name}, or with --no-control-guard`
  );
}

const isOwn = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[|\]$/g, '')) !== 0;

function nameOf(host: string | undefined): string | undefined {
  if (host === undefined || host === '') return undefined;
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function siteFault({ method, host, origin, site, mode }: Caller, allowed: readonly string[]): string | undefined {
  const advice = 'start the sandbox with --no-control-guard if it may';
  if (origin !== undefined) {
    const from = URL.parse(origin);
    const isAllowed = isLoopback(origin) || from?.host === host || (from !== null && allowed.includes(from.hostname));
    if (isAllowed) return undefined;
    return `origin: a page of ${JSON.stringify(origin)} may not use the control API: expected one of this machine; ${advice}`;
  }
  // When a person follows a link, only that person sees the answer, not the page with the link.
  const isLink = mode === 'navigate' && (method === 'GET' || method === 'HEAD');
  if (site !== 'cross-site' || isLink) return undefined;
  return `sec-fetch-site: a page of another site may not use the control API; ${advice}`;
}
