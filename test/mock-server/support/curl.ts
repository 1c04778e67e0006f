/** A stand-in for curl on machines without it. Has the flags that the documents use: -s -X -H -d --data-binary -o. */
import { readFileSync, writeFileSync } from 'node:fs';

const args = process.argv.slice(2);
const headers = new Headers();
let method: string | undefined;
let body: string | undefined;
let output: string | undefined;
let url = '';

for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (arg === '-s') continue;
  if (!arg.startsWith('-')) {
    url = arg;
    continue;
  }
  const value = args.shift() ?? '';
  if (arg === '-X') method = value;
  else if (arg === '-o') output = value;
  else if (arg === '-H') headers.append(value.slice(0, value.indexOf(':')), value.slice(value.indexOf(':') + 1).trim());
  else if (arg === '-d' || arg === '--data-binary') {
    body = value.startsWith('@') ? readFileSync(value.slice(1), 'utf8') : value;
  } else throw new Error(`this curl does not know ${arg}`);
}
// curl does the same.
if (body !== undefined && !headers.has('content-type'))
  headers.set('content-type', 'application/x-www-form-urlencoded');

try {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  // The exit code of curl for "Empty reply from server".
  process.exitCode = 52;
}
