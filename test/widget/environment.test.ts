import { expect } from '@open-wc/testing';

import { BROWSER } from '../../widget/browser/browser.ts';

describe('a browser that reports itself offline', () => {
  const setOnline = (onLine: boolean) =>
    Object.defineProperty(navigator, 'onLine', { value: onLine, configurable: true });
  afterEach(() => void Reflect.deleteProperty(navigator, 'onLine'));

  it('is offline for another machine', () => {
    setOnline(false);
    for (const url of [
      'https://shop.example/refunds',
      'http://10.0.0.7/refunds',
      'https://localhost.example/',
      'http://[::2]/',
    ])
      expect(BROWSER.offline(url), url).to.equal(true);
    setOnline(true);
    expect(BROWSER.offline('https://shop.example/refunds')).to.equal(false);
  });

  it('is not offline for its own machine', () => {
    setOnline(false);
    for (const url of [
      'http://localhost:4000/',
      'http://127.0.0.1/refunds',
      'http://[::1]:4020/',
      'http://shop.localhost',
    ])
      expect(BROWSER.offline(url), url).to.equal(false);
  });
});
