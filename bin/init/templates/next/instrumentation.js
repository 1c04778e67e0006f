/** What was lost in a crash is settled at the start of the server, not with the first request. */
export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { startedProxy } = await import('./started-proxy.js');
  // Next would answer every page with this error until it is started again.
  await startedProxy().catch(console.error);
}
