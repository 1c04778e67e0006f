<?php
// One origin: the page, and the proxy below /refunds/. A web server serves this folder alone: the settings, the ledger and
// the token of the provider are in the folder above.
declare(strict_types=1);

define('PROJECT', dirname(__DIR__));

// On a real server, set these variables in its own configuration and leave this out.
$line = '/^([A-Z_]+)[ \t]*=[ \t]*(["\']?)(.*?)\2\s*$/m'; // A value may be in quotes.
preg_match_all($line, (string) @file_get_contents(PROJECT . '/.env'), $lines, PREG_SET_ORDER);
foreach ($lines as [, $name, , $value]) {
    if (getenv($name) === false) {
        putenv("$name=$value");
    }
}

// One ledger, wherever the server was started from.
$ledger = (string) getenv('REFUND_LEDGER') ?: 'refunds.sqlite';
putenv('REFUND_LEDGER=' . (preg_match('#^([A-Za-z]:)?[/\\\\]#', $ledger) ? $ledger : PROJECT . "/$ledger"));
const SETTINGS_ARE = 'in .env (copy .env.example) or in the environment of the server';

/** Put the look-up of your own session here. It must check the session, not only that a cookie is there. */
function mayRefund(): bool
{
    $isSandbox = in_array(parse_url((string) getenv('REFUND_UPSTREAM'), PHP_URL_HOST), ['127.0.0.1', 'localhost'], true);
    // Outside of the sandbox it would let everybody refund.
    return $isSandbox && (string) getenv('DEMO_USER') !== '';
}

const PAGES = [
    '/' => ['public/index.html', 'text/html; charset=utf-8'],
    '/page.js' => ['public/page.js', 'text/javascript; charset=utf-8'],
    '/page.css' => ['public/page.css', 'text/css; charset=utf-8'],
    '/refund-form.js' => ['node_modules/refund-form/refund-form.min.js', 'text/javascript; charset=utf-8'],
];

$path = explode('?', $_SERVER['REQUEST_URI'])[0];
if (str_starts_with($path, '/refunds/')) {
    // A secret of this request alone: whatever a browser sends in its place is overwritten.
    $session = bin2hex(random_bytes(16));
    putenv("REFUND_SESSION=$session");
    $_SERVER['HTTP_X_SESSION'] = mayRefund() ? $session : '';
    require PROJECT . '/proxy/index.php';
} elseif (isset(PAGES[$path])) {
    [$file, $type] = PAGES[$path];
    header("Content-Type: $type");
    readfile(PROJECT . "/$file");
} else {
    http_response_code(404);
    header('Content-Type: text/plain');
    echo "There is nothing here.\n";
}
