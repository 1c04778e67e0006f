import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { Builder, Capabilities } from 'selenium-webdriver';

import type { WebKit } from './browser.ts';
import { ownPort } from './ports.ts';

export interface WebKitDriver {
  /** Builds a browser. WebKitGTK's driver has one at a time. */
  readonly builder: Builder;
  stop(): Promise<void>;
}

/** Starts a virtual screen and WebKitGTK's WebDriver in it. */
export async function startWebKitDriver(found: WebKit & { kind: 'gtk' }): Promise<WebKitDriver> {
  const children: ChildProcess[] = [];
  const lastResort = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', lastResort);
  // Xvfb chooses a free screen and writes its number to file descriptor 3.
  const screen = spawn(found.screen, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  children.push(screen);
  const display = await firstLine(screen.stdio[3] as Readable);
  if (!display) throw new Error(`${found.screen} ended before it had a screen`);
  const port = await ownPort();
  const driver = spawn(found.driver, [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: `:${display}`, GDK_BACKEND: 'x11' },
  });
  children.push(driver);
  await untilListening(port, driver);
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: found.miniBrowser, args: ['--automation'] },
  });
  return {
    builder: new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities),
    async stop() {
      process.off('exit', lastResort);
      for (const child of children.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exit = once(child, 'exit');
        child.kill();
        await exit;
      }
    },
  };
}

async function firstLine(stream: Readable): Promise<string | undefined> {
  for await (const line of createInterface({ input: stream })) return line.trim();
  return undefined;
}

/** The driver prints nothing when it listens, so ask it. */
async function untilListening(port: number, driver: ChildProcess): Promise<void> {
  while (driver.exitCode === null) {
    try {
      await fetch(`http://127.0.0.1:${port}/status`);
      return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await delay(20);
    }
  }
  throw new Error(`WebKitWebDriver ended with ${driver.exitCode} before it listened`);
}
