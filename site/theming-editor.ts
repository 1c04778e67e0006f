import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

interface Manifest {
  readonly modules: readonly {
    readonly declarations: readonly { readonly cssProperties?: readonly CssProperty[] }[];
  }[];
}
interface CssProperty {
  readonly name: string;
  readonly description: string;
}

/** The properties that the built manifest lists. */
function cssProperties(): readonly CssProperty[] {
  const { modules } = JSON.parse(read('dist/packages/refund-form/custom-elements.json')) as Manifest;
  return modules.flatMap(({ declarations }) => declarations.flatMap(({ cssProperties = [] }) => cssProperties));
}

/** What the form uses where a property is not set, as its styles write it. */
function usual(name: string): string {
  const start = read('widget/element/styles/layout.ts').split(`var(${name}, `)[1];
  if (start === undefined) throw new Error(`widget/element/styles/layout.ts does not use ${name}`);
  let depth = 1;
  const end = [...start].findIndex((letter) => {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    return depth === 0;
  });
  return start.slice(0, end);
}

function field({ name, description }: CssProperty): string {
  const value = usual(name);
  const [, light, dark] = /^light-dark\((#\w+), (#\w+)\)$/.exec(value) ?? [];
  const input =
    light === undefined || dark === undefined
      ? `<input name="${name}" placeholder="${escape(value)}">`
      : `<input name="${name}" type="color" data-light="${long(light)}" data-dark="${long(dark)}">`;
  return `<label><span>${label(name)}</span><small>${escape(description)}</small>${input}</label>`;
}

/** `--refund-form-on-accent` as `On accent`. */
function label(name: string): string {
  const words = name.replace('--refund-form-', '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A colour field of a page takes only six digits. */
const long = (color: string) => (color.length === 4 ? color.replaceAll(/[0-9a-f]/gi, (digit) => digit + digit) : color);

const WIRE = ['wire', 'wire/requests', 'wire/providers'].map((page) => read(`docs/${page}.md`)).join('');

/** The first block with this schema's name on the pages of the wire. The tests of these pages parse each of them. */
function wireExample(schema: string): unknown {
  const [, text] = new RegExp(`<!-- ${schema} -->\n\n\`\`\`json\n([^]*?)\`\`\``).exec(WIRE) ?? [];
  if (text === undefined) throw new Error(`docs/wire.md and docs/wire/ have no example of ${schema}`);
  return JSON.parse(text);
}

/** The editor, without its script: a form, a field for each property, and the CSS to copy. */
export function themingEditor(base: string): string {
  const answers = {
    description: wireExample('proxyDescription'),
    payment: wireExample('paymentSummary'),
    refund: wireExample('uqpayRefund'),
  };
  return `<div class="not-content" id="theming" hidden>
<form>
${cssProperties().map(field).join('\n')}
<label><span>Answer to a refund</span><small>What the page answers.</small><select name="answer"><option value="accepted">Accepted</option><option value="lost">Lost</option></select></label>
<button type="reset">Start over</button>
</form>
<div class="theming-form"></div>
<pre tabindex="0"><code>refund-form {}</code></pre>
<button type="button" class="theming-copy">Copy the CSS</button>
</div>
<noscript><p>The editor needs JavaScript. The properties are in the reference.</p></noscript>
<script type="application/json" id="theming-answers">${JSON.stringify(answers).replaceAll('<', String.raw`\u003c`)}</script>
<script type="module" src="${base}widget/refund-form.js"></script>
<script type="module" src="${base}theming.js"></script>

Nothing is sent from this page: its answers are those of [the wire](${base}wire/).`;
}
