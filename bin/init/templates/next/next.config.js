export default {
  // It runs as it is installed: its optional parts are looked for at run time.
  serverExternalPackages: ['refund-form-server'],
  // The form reads /refunds/{{provider}}/, and a redirect would be a second request.
  skipTrailingSlashRedirect: true,
  // Without it a package-lock.json of a folder above would make that folder the root.
  turbopack: { root: import.meta.dirname },
};
