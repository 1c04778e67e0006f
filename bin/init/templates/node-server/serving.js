/** Ends the process with a sentence if the port is taken, and lets what is under way end when the process is stopped. */
export function serveUntilStopped(server, stopRefunds) {
  server.once('error', ({ message }) => {
    console.error(`${message}: set PORT in .env to a port that is free`);
    process.exit(1);
  });
  // Longer than a load balancer keeps a connection: one that closes just when a refund is sent on it loses the answer.
  server.keepAliveTimeout = 75_000;

  async function stop() {
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    await stopRefunds();
    // The last answers are still on their way to the browsers.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2_000))]);
    process.exit();
  }
  let stopping;
  // A second signal does not cut off what the first one lets end.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void (stopping ??= stop()));
}
