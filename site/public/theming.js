// The live editor of the page about theming. The form is the built one; its answers are the examples of the page about the wire.
const editor = document.getElementById('theming');
const fields = editor.querySelector('form');
const place = editor.querySelector('.theming-form');
const css = editor.querySelector('code');
const copy = editor.querySelector('.theming-copy');
const { description, payment, refund } = JSON.parse(document.getElementById('theming-answers').textContent);

const json = (body) => new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });

/** Answers as a proxy would, from the examples. A lost answer is lost once: the same request again finds the refund. */
function answersFor(paymentId) {
  let made;
  const summary = () => ({ ...payment, payment_id: paymentId });
  return async (input, init) => {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname;
    if (request.method === 'POST') {
      const isLost = made === undefined && fields.elements.answer.value === 'lost';
      made ??= { ...refund, amount: (await request.json()).amount };
      if (isLost) throw new TypeError('The answer is lost');
      return json(made);
    }
    if (path.includes('/payments/')) return json(summary());
    if (path.includes('/refunds/v2/')) return json(path.endsWith('/refunds') ? { data: made ? [made] : [] } : made);
    return json(description);
  };
}

/** A payment of its own each time, so that the lock of a lost answer does not outlive the visit. */
function startOver() {
  const form = document.createElement('refund-form');
  const paymentId = `PI${String(Date.now()).padStart(19, '1')}`;
  form.transport = { fetch: answersFor(paymentId) };
  form.headingLevel = 3;
  form.setAttribute('provider', 'uqpay');
  form.setAttribute('endpoint', new URL('refunds', document.baseURI).pathname);
  form.setAttribute('payment-id', paymentId);
  place.replaceChildren(form);
  draw();
}

const isDark = () => document.documentElement.dataset.theme === 'dark';
const inputs = () => [...fields.querySelectorAll('input')];

/** The fields show the colours of the theme until somebody changes them. */
function showUsual() {
  for (const input of inputs()) {
    if (input.type === 'color' && input.dataset.changed === undefined) {
      input.value = isDark() ? input.dataset.dark : input.dataset.light;
    }
  }
}

function draw() {
  copy.textContent = 'Copy the CSS';
  const changed = inputs().filter(({ dataset, value }) => dataset.changed !== undefined && value !== '');
  const form = place.querySelector('refund-form');
  for (const { name } of inputs()) form.style.removeProperty(name);
  for (const { name, value } of changed) form.style.setProperty(name, value);
  const lines = changed.map(({ name, value }) => `  ${name}: ${value};\n`);
  css.textContent = `refund-form {${lines.length > 0 ? `\n${lines.join('')}` : ''}}`;
}

fields.addEventListener('input', ({ target }) => {
  if (target.name.startsWith('--')) target.dataset.changed = '';
  draw();
});
fields.addEventListener('submit', (event) => event.preventDefault());
fields.addEventListener('reset', () => {
  for (const input of inputs()) delete input.dataset.changed;
  // The browser empties the fields after this event.
  queueMicrotask(() => {
    showUsual();
    startOver();
  });
});
copy.addEventListener('click', () => {
  navigator.clipboard.writeText(css.textContent).then(
    () => (copy.textContent = 'Copied'),
    (error) => (copy.textContent = `Not copied: ${error.message}`),
  );
});
new MutationObserver(showUsual).observe(document.documentElement, { attributeFilter: ['data-theme'] });

showUsual();
startOver();
editor.hidden = false;
