import { minify } from 'terser';
import type { Plugin } from 'vite';

/**
 * Parts of dependencies that the widget never reaches, or reaches for nothing, and that no bundler can tell: ky's
 * retries, hooks' merging, streams and error texts (the widget sends with `retry: 0`, no hooks, and takes every error as
 * "not known"), and zod's error objects (it asks only whether an answer fits). Each is replaced by what is left of it; a
 * name that a new version adds is a build error.
 * `test/widget` runs on the whole packages, `test/e2e` on the built file.
 */
const PARTS: Readonly<Record<string, string>> = {
  'ky/distribution/utils/body.js': unreached('streamRequest', 'streamResponse'),
  'ky/distribution/utils/delay.js': unreached('default'),
  // Every browser that knows `light-dark()` has these.
  'ky/distribution/core/constants.js':
    'export const supportsAbortController = true, supportsAbortSignal = true, supportsResponseStreams = true;' +
    'export const supportsRequestStreams = false, supportsFormData = false, maxSafeTimeout = 2 ** 31 - 1;' +
    "export const requestMethods = ['get', 'post'], responseTypes = { json: 'application/json' };" +
    'export const stop = 0, usualFormBoundarySize = 0, retry = 0, kyOptionKeys = 0, requestOptionsRegistry = 0;' +
    'export class RetryMarker {}',
  'ky/distribution/core/retry-timing.js': unreached('calculateRetryTimingDelay', 'getRetryTimingHeader'),
  'ky/distribution/utils/is-network-error.js': 'export default () => false;',
  'ky/distribution/utils/options.js':
    'export const findUnknownOptions = () => ({}); export const hasSearchParameters = () => false;',
  'ky/distribution/utils/normalize.js':
    'export const normalizeRequestMethod = (method) => method.toUpperCase();' +
    'export const normalizeRetryOptions = () => ({ limit: 0 });',
  'ky/distribution/utils/merge.js':
    'export const replaceOption = 0, deletedParametersSymbol = 0, cloneShallow = 0, mergeHooks = () => NO_HOOKS;' +
    'const NO_HOOKS = { init: [], beforeRequest: [], beforeRetry: [], beforeError: [], afterResponse: [] };' +
    'export const mergeHeaders = (_, headers) => new Headers(headers);' +
    'export const validateAndMerge = (...sources) => Object.assign({}, ...sources);' +
    'export const deepMerge = validateAndMerge;',
  ...Object.fromEntries(
    [
      'ForceRetryError',
      'HTTPError',
      'KyError',
      'NetworkError',
      'NonError',
      'SchemaValidationError',
      'TimeoutError',
    ].map((name) => [`ky/distribution/errors/${name}.js`, `export class ${name} extends Error {}`]),
  ),
  'zod/v4/core/errors.js':
    'export class $ZodError extends Error {} export { $ZodError as $ZodRealError };' +
    unreached('flattenError', 'formatError', 'prettifyError', 'toDotPath', 'treeifyError'),
};

/** Methods of ky's one class, and what is left of them. */
const KY = 'ky/distribution/core/Ky.js';
const METHODS: Readonly<Record<string, string>> = {
  normalizeSearchParams: '',
  calculateDelay: '',
  calculateRetryDelay: '',
  decorateResponse: '',
  throwProcessedError: 'throw error;',
  getResponseData: '',
  getErrorDataTimeout: '',
  isJsonContentType: '',
  readResponseText: '',
  parseJson: '',
  runBeforeRequestHooks: '',
  runAfterResponseHooks: 'return response;',
  retryFromError: 'throw error;',
  wrapRequestWithUploadProgress: 'return request;',
  raceWithTotalTimeout: 'return operation();',
  throwIfTotalTimeoutExhausted: '',
  getRemainingTotalTimeout: '',
  getCurrentTime: '',
  cancelReturnedBody: '',
};

/** The methods of the class by the package's own layout: a method starts and ends four blanks in. */
function withoutMethods(source: string): string {
  return Object.entries(METHODS).reduce((text, [name, left]) => {
    const method = new RegExp(`^(    (?:static |async )*#${name}\\(.*\\) \\{\\n)[^]*?^    \\}$`, 'm');
    if (!method.test(text)) throw new Error(`ky has no method #${name} any more: look at vite.lean.ts`);
    return text.replace(method, (_, head: string) => `${head}${left}}`);
  }, source);
}

function unreached(...names: readonly string[]): string {
  const left = '() => { throw new Error("Left out of this build") }';
  return names
    .map((name) => (name === 'default' ? `export default ${left};` : `export const ${name} = ${left};`))
    .join('');
}

/** Leaves out what the widget never reaches. */
export function lean(): Plugin {
  return {
    name: 'refund-form:lean',
    enforce: 'pre',
    load(id) {
      const path = id.replace(/^.*\/node_modules\//, '');
      return Object.hasOwn(PARTS, path) ? PARTS[path] : undefined;
    },
    transform(code, id) {
      return id.endsWith(KY) ? withoutMethods(code) : undefined;
    },
  };
}

/** Leaves out the blanks of templates and styles, which no minifier touches. For code whose templates have no other text. */
export function squeeze(): Plugin {
  return {
    name: 'refund-form:squeeze',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/widget/styles.ts')) return undefined;
      return code.replace(/(?<=css`)[^]*(?=`)/, (sheet) =>
        sheet
          .replace(/\s+/g, ' ')
          .replace(/ ?([{};,>]) ?/g, '$1')
          .replace(/: /g, ':')
          .replaceAll(';}', '}'),
      );
    },
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        // Minified code has line breaks in templates only.
        chunk.code = chunk.code.replace(/([>}`])\s*\n\s*(?=[<$`])/g, '$1').replace(/\s*\n\s*/g, ' ');
      }
    },
  };
}

/** A second minifier after the first: each finds what the other leaves, a fifth of a kilobyte. */
export function tighten(): Plugin {
  return {
    name: 'refund-form:tighten',
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const { code } = await minify(chunk.code, {
          module: true,
          ecma: 2020,
          compress: { passes: 4, hoist_props: true, unsafe_arrows: true, unsafe_methods: true },
        });
        if (code === undefined) throw new Error(`terser left nothing of ${chunk.fileName}`);
        chunk.code = code;
      }
    },
  };
}
