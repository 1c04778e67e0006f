const head = (title: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%2324477f'/%3E%3Cpath d='M4 5.5h8M4 8h5M4 10.5h6.5' stroke='%23fff' stroke-width='1.5'/%3E%3C/svg%3E">
`;

/** Its addresses are relative, so that the page of a namespace loads the same files below its own path. */
export const INSPECTOR_PAGE = `${head('Sandbox')}<link rel="stylesheet" href="inspector/inspector.css">
<script type="module" src="inspector/inspector.js"></script>
<sandbox-inspector></sandbox-inspector>
<noscript>The inspector needs JavaScript. <a href="journal">The journal</a> and the <a href="db">data</a> do not.</noscript>
</html>
`;

/** For a checkout that was not built. */
export const MISSING_PAGE = `${head('Sandbox: not built')}<p>The inspector is not built: run <code>npm run build:inspector</code> in the checkout, then reload this page.</p>
</html>
`;
