import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { minify } from 'terser';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const at = (path: string) => resolve(import.meta.dirname, path);

/** What the console's page may do: its own scripts, styles and answers, nothing of a third party, no string turned into code. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The console draws with a Lit of its own, and each copy of Lit makes a policy of the same name.
  "trusted-types lit-html 'allow-duplicates'",
].join('; ');

/**
 * The line breaks and indents of our `html` templates, which mean no more than a space, and the comments and spaces of
 * our `css`. The minifier keeps them.
 */
const shortenTemplates: Plugin = {
  name: 'shorten-templates',
  enforce: 'post',
  transform: {
    filter: { id: /\/widget\/.*\.ts$/ },
    handler(code) {
      let shorter = code;
      for (const { start, end, isCss } of textsOfTemplates(this.parse(code)).toSorted(
        (one, other) => other.start - one.start,
      )) {
        const text = code.slice(start, end).replaceAll(/\s*\n\s*/g, ' ');
        const short = isCss
          ? text
              .replaceAll(/\/\*.*?\*\//g, '')
              .replaceAll(/ ?([{};,>]) ?/g, '$1')
              .replaceAll(': ', ':')
              .replaceAll(';}', '}')
          : text;
        shorter = shorter.slice(0, start) + short + shorter.slice(end);
      }
      return { code: shorter, map: null };
    },
  },
};
interface Place {
  readonly start: number;
  readonly end: number;
  readonly isCss: boolean;
}

/** Where the texts of `html` and `css` templates are, between their expressions. */
function textsOfTemplates(node: unknown): Place[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, tag, quasi } = node as {
    type?: string;
    tag?: { name?: string };
    quasi?: { quasis: { readonly start: number; readonly end: number }[] };
  };
  const isOurs = type === 'TaggedTemplateExpression' && /^(?:html|css)$/.test(tag?.name ?? '');
  return [
    ...(isOurs ? quasi!.quasis.map(({ start, end }) => ({ start, end, isCss: tag?.name === 'css' })) : []),
    ...Object.values(node).flatMap(textsOfTemplates),
  ];
}

/** Minifies once more: Terser takes half a kilobyte off what the bundler's minifier leaves. */
const minifyAgain: Plugin = {
  name: 'minify-again',
  async generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const { code = chunk.code } = await minify(chunk.code, {
        module: true,
        ecma: 2020,
        // No function expression here or in a dependency has a prototype that anything needs, no property acts when it is
        // read, and no global function is replaced by another one.
        compress: {
          passes: 5,
          keep_fargs: false,
          unsafe: true,
          unsafe_arrows: true,
          lhs_constants: false,
          pure_getters: true,
          comparisons: false,
        },
        format: { ascii_only: true },
      });
      chunk.code = code;
    }
  },
};

/**
 * `widget`: the single file that a page embeds, Lit and everything in it. Dependencies go in as they are published, and
 * are only minified: what the tests of the sources run is what ships.
 */
const widget: UserConfig = {
  publicDir: false,
  plugins: [shortenTemplates, minifyAgain],
  build: {
    outDir: at('dist/widget'),
    emptyOutDir: true,
    target: 'es2023',
    // Lib mode with ES output leaves whitespace in; an ordinary build of the define file is minified whole.
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: at('widget/define.ts'),
      output: { entryFileNames: 'refund-form.js', format: 'es' },
      preserveEntrySignatures: 'strict',
    },
    modulePreload: false,
    reportCompressedSize: false,
  },
};

/**
 * A server that draws pages has no DOM, and Lit needs two things of it as soon as it is loaded. They are shadowed within
 * the module; in a browser they are the browser's own.
 */
const withoutBrowser: Plugin = {
  name: 'without-browser',
  renderChunk: (code, { moduleIds }) =>
    moduleIds.some((id) => id.includes('lit-html'))
      ? `const HTMLElement = globalThis.HTMLElement ?? class {}, document = globalThis.document ?? { createTreeWalker() {} };\n${code}`
      : null,
};

/**
 * `element`: the modules of the package, for bundlers and servers: the class, and a second one that defines it. Lit and
 * everything else is in them. `element-development`: the same, readable and with warnings.
 */
const element = (folder: string, define: string, minify: boolean): UserConfig => ({
  publicDir: false,
  plugins: [withoutBrowser],
  build: {
    outDir: at(folder),
    emptyOutDir: true,
    target: 'es2023',
    minify,
    rolldownOptions: {
      input: { index: at(define), 'refund-form': at('widget/index.ts') },
      output: { entryFileNames: '[name].js', chunkFileNames: 'element.js', format: 'es' },
      preserveEntrySignatures: 'strict',
    },
    modulePreload: false,
    reportCompressedSize: false,
  },
});

const locales = () => readdirSync(at('dist/widget/locales')).map((name) => `locales/${name}`);

/** The console embeds the built files as any merchant's page does, so what is shown and tested is what is shipped. */
const embedWidget: Plugin = {
  name: 'embed-widget',
  transformIndexHtml: () =>
    ['refund-form.js', ...locales()].map((name) => ({
      tag: 'script',
      attrs: { type: 'module', src: `./${name}` },
      injectTo: 'head-prepend',
    })),
  generateBundle() {
    for (const fileName of ['refund-form.js', ...locales()]) {
      this.emitFile({ type: 'asset', fileName, source: readFileSync(at(`dist/widget/${fileName}`), 'utf8') });
    }
  },
};

/**
 * What a static server sends along: the page's own policy, a service worker in place of the servers, and SQLite for the
 * ledger.
 */
const withoutServers: Plugin = {
  name: 'without-servers',
  transformIndexHtml: {
    order: 'pre',
    handler: (page) => ({
      html: page.replace('./main.ts', './alone/main.ts'),
      tags: [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'content-security-policy', content: POLICY_WITHOUT_SERVERS },
          injectTo: 'head-prepend',
        },
      ],
    }),
  },
  generateBundle() {
    for (const path of ['msw/lib/mockServiceWorker.js', 'sql.js/dist/sql-wasm-browser.wasm']) {
      this.emitFile({ type: 'asset', fileName: basename(path), source: readFileSync(at(`node_modules/${path}`)) });
    }
  },
};

/** As above, for a `meta` element. The page compiles SQLite, and registers its worker through a policy of its own. */
const POLICY_WITHOUT_SERVERS = CONTENT_SECURITY_POLICY.replace(" frame-ancestors 'none';", '')
  .replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'")
  .replace('trusted-types lit-html', 'trusted-types default lit-html');

/** `demo`: the merchant's console. Needs the built widget. */
const demo: UserConfig = {
  root: at('demo'),
  plugins: [embedWidget],
  build: { outDir: at('dist/demo'), emptyOutDir: true, target: 'es2023', reportCompressedSize: false },
  preview: { headers: { 'content-security-policy': CONTENT_SECURITY_POLICY, 'referrer-policy': 'no-referrer' } },
};

/** `showcase`: the console with sandbox and proxy in the page, for any folder of any static server. */
const showcase: UserConfig = {
  ...demo,
  base: './',
  plugins: [embedWidget, withoutServers],
  // Sandbox and proxy are in it.
  build: { ...demo.build, outDir: at('dist/showcase'), chunkSizeWarningLimit: 1_200 },
};

/** `inspector`: the sandbox's window. The sandbox serves the two files below a page of its own. */
const inspector: UserConfig = {
  publicDir: false,
  build: {
    outDir: at('dist/inspector'),
    emptyOutDir: true,
    target: 'es2023',
    rolldownOptions: {
      input: at('mock-server/inspector/main.ts'),
      output: { entryFileNames: 'inspector.js', assetFileNames: 'inspector.[ext]', format: 'es' },
    },
    modulePreload: false,
    reportCompressedSize: false,
  },
};

const CONFIGS: Readonly<Record<string, UserConfig>> = {
  widget,
  demo,
  showcase,
  inspector,
  element: element('dist/packages/refund-form', 'widget/define.ts', true),
  'element-development': element('dist/packages/refund-form/development', 'widget/development/define.ts', false),
};

export default defineConfig(({ mode }) => CONFIGS[mode] ?? demo);
