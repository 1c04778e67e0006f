import { expect, fixture, html } from '@open-wc/testing';

const failureOf = (check: () => unknown) => {
  try {
    void check();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('The check passed');
};

describe('a failure that is sent to the test runner', () => {
  for (const [what, check] of [
    ['an element', () => expect(document.body).to.equal(null)],
    ['a function', () => expect(() => {}).to.throw()],
    ['a list of elements', () => expect([document.body]).to.deep.equal([])],
  ] as const) {
    it(`is readable where ${what} is compared`, () => {
      const { message, actual, expected } = failureOf(check);
      expect(message).to.match(/^expected /);
      expect(() => structuredClone({ actual, expected })).not.to.throw();
    });
  }

  it('keeps the values that can be sent', () => {
    const { actual, expected } = failureOf(() => expect({ a: [1] }).to.deep.equal({ a: [2] }));
    expect([actual, expected]).to.deep.equal([{ a: [1] }, { a: [2] }]);
  });
});

describe('a fixture', () => {
  const left = () => document.querySelectorAll('#of-a-test').length;

  for (const time of ['first', 'second']) {
    it(`is gone before the next test: the ${time}`, async () => {
      expect(left()).to.equal(0);
      await fixture(html`<p id="of-a-test"></p>`);
      expect(left()).to.equal(1);
    });
  }
});
