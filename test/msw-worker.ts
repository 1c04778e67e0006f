import { setupWorker } from 'msw/browser';

/**
 * MSW's service worker during the tests of one `describe`.
 * Afterwards it is unregistered: MSW does so only when its last page closes, and where the files of a run are frames
 * of one page, that page stays, so the pages of all later files would be loaded through a worker that nobody needs.
 */
export function mswWorker(): ReturnType<typeof setupWorker> {
  const worker = setupWorker();
  before(async () => {
    await worker.start({ quiet: true });
  });
  after(async () => {
    await worker.stop();
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  });
  return worker;
}
