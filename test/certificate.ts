import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** A certificate for `host` in this folder, signed by itself: whoever trusts its file trusts it. Needs openssl. */
export function makeCertificate(folder: string, host: string): { readonly certificate: string; readonly key: string } {
  const [certificate, key] = [path.join(folder, 'site.crt'), path.join(folder, 'site.key')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
  return { certificate, key };
}
