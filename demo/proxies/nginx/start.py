"""Starts the helper and nginx: `python3 start.py`. It fills in nginx.conf from the settings."""

import fcntl, glob, grp, http.client, os, pwd, re, select, shutil, signal, socket, subprocess, sys, tempfile, threading, time
from contextlib import suppress

HERE, ENV = os.path.dirname(os.path.abspath(__file__)), os.environ
MODULES = ENV.get("NGINX_MODULES", "/usr/lib/nginx/modules")  # Where Debian and nginx.org put njs.
# Debian's and Alpine's, Red Hat's, the BSDs'.
AUTHORITIES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
sys.path.insert(0, os.path.join(HERE, "../python"))
import settings

IS_UQPAY = settings.provider() == "uqpay"
FOLDER = "refund-nginx-"


def safe(name, read=settings.setting):
    """A setting that goes into nginx.conf; it must not end the value there."""
    value = read(name)
    if any(mark in value for mark in "\"\\$;{} \n"):
        sys.exit(f"{name}: expected none of \" \\ $ ; {{ }} and no space, which nginx.conf cannot take: correct it {settings.WHERE}")
    return value


def tls(upstream):
    """By itself nginx takes any certificate, and does not say which host it wants: whoever is between would get the credentials."""
    if not upstream.lower().startswith("https:"):
        return ""
    files = [safe("SSL_CERT_FILE")] if ENV.get("SSL_CERT_FILE") else AUTHORITIES
    file = next((file for file in files if os.path.exists(file)), None)
    if not file:
        sys.exit(f"SSL_CERT_FILE: expected the file of the certificate authorities to trust, and there is none at {' or '.join(files)}")
    return f"proxy_ssl_protocols TLSv1.2 TLSv1.3; proxy_ssl_server_name on; proxy_ssl_verify on; proxy_ssl_verify_depth 5; proxy_ssl_trusted_certificate {file};"


def configure(folder):
    upstream = safe("REFUND_UPSTREAM").rstrip("/")
    values = {
        "user": f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}", "modules": MODULES,
        "folder": folder, "here": HERE, "provider": settings.provider(), "upstream": upstream, "tls": tls(upstream),
        "limit": str(round(settings.timeout() * 3000)),
        "port": str(settings.port("8080")), "timeout": f"{round(settings.timeout() * 1000)}ms",
        "client": safe("REFUND_CLIENT_ID", settings.credential) if IS_UQPAY else "",
        "api_key": safe("REFUND_API_KEY", settings.credential) if IS_UQPAY else "",
        "bearer": "" if IS_UQPAY else f"Bearer {safe('REFUND_TOKEN', settings.credential)}",
    }
    with open(os.path.join(HERE, "nginx.conf")) as source, open(f"{folder}/nginx.conf", "w") as made:
        made.write(re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], source.read()))


def hold(folder):
    """Fails if another proxy holds it. This process holds it until it ends, and its watcher after that."""
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)


def new_folder():
    """Only this user reads it. Beside the ledger no cleaner of /tmp empties it, and a full /tmp stops nothing."""
    place = os.path.dirname(os.path.abspath(ENV["REFUND_LEDGER"]))
    # The path of a socket has at most 107 bytes, and nginx.conf cannot take every mark.
    if len(os.fsencode(f"{place}/{FOLDER}12345678/helper.sock")) > 107 or re.search(r'["\\$;{}:\s]', place):
        place = tempfile.gettempdir()
    for left in glob.glob(f"{glob.escape(place)}/{FOLDER}*"):  # The credentials are in it: a power cut leaves it behind.
        with suppress(OSError):
            hold(left)
            shutil.rmtree(left)
    while True:
        folder = tempfile.mkdtemp(prefix=FOLDER, dir=place)
        with suppress(OSError):  # Another start has taken it for one that was left.
            hold(folder)
            return folder


def check_port(port):
    """nginx would say it in five lines. The nginx of a start that was killed needs a moment to end."""
    for _ in range(50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind(("127.0.0.1", port))
            except OSError as error:
                why = error.strerror
        time.sleep(0.05)
    sys.exit(f"port {port} cannot be used ({why}): set PORT to another one")


def pid_of(folder):
    with open(f"{folder}/nginx.pid") as file:
        return int(file.read())


def has_ended(gone, wait):
    """Whether no process of nginx is left to hold the other end of `gone`, after up to so many seconds."""
    return bool(select.select([gone], [], [], wait)[0])


def stop_nginx(folder, told, gone):
    """Returns when nginx has ended: until then it needs the folder."""
    while not has_ended(gone, 0):
        # It has ended, or start.py was killed before nginx had written the file.
        with suppress(OSError, ValueError):
            os.killpg(int(told or pid_of(folder)), signal.SIGTERM)  # The workers too, should their master be gone.
        has_ended(gone, 1)


def watch(folder):
    """nginx runs on by itself, so a process of its own stops it when this one ends, in whatever way.

    Returns the two ends of what nginx alone has to hold while it runs, what takes its pid, and a function that ends all
    of this and waits for the end.
    """
    gone, held = map(open, os.pipe(), ("rb", "wb"))
    ended, alive = map(open, os.pipe(), ("rb", "wb"))
    watcher = os.fork()
    if not watcher:
        os.setsid()  # Nothing that ends this process with its group or its terminal ends the watcher.
        held.close()
        alive.close()
        told = ended.read()  # It returns when nobody holds `alive` any more.
        stop_nginx(folder, told, gone)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    def end():
        held.close()
        alive.close()
        os.waitpid(watcher, 0)

    return gone, held, alive, end


def start(folder, held, port):
    nginx = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
    try:
        subprocess.run(nginx, check=True, pass_fds=[held.fileno()])  # It listens when this ends, and runs on by itself.
        # Its processes run when it answers: from then on it can be stopped.
        first = http.client.HTTPConnection("127.0.0.1", port)
        first.request("GET", "/")
        first.getresponse().read()
        first.close()
    except FileNotFoundError:
        sys.exit("nginx is not installed, or not in PATH")
    except (subprocess.CalledProcessError, http.client.HTTPException, OSError):
        sys.exit("nginx did not start: it says why above")


def tell(nginx, sign):
    """Whether nginx has got the signal, or with 0 whether it runs."""
    with suppress(OSError):
        os.kill(nginx, sign)
        return True
    return False


def finish(nginx, gone):
    """Returns when nginx has answered what it was asked: the helper writes down what became of a refund on its way."""
    tell(nginx, signal.SIGQUIT)
    has_ended(gone, 120)  # A write makes up to four calls of the provider, in 20 s each.


def serve(helper, folder, gone, held, alive, stops):
    port = settings.port("8080")
    check_port(port)
    with helper.Server(f"{folder}/helper.sock", helper.Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        start(folder, held, port)
        nginx = pid_of(folder)  # Kept, because the file could be lost while nginx runs.
        alive.write(str(nginx).encode())
        alive.flush()
        held.close()
        print(f"http://127.0.0.1:{port}{helper.proxy.BASE}", flush=True)
        while not signal.sigtimedwait(stops, 1):
            if has_ended(gone, 0) or not tell(nginx, 0):
                sys.exit("nginx has ended: it says why above")
        finish(nginx, gone)


def main():
    settings.setting("REFUND_SESSION")
    for check in (settings.upstream, settings.orders, settings.timeout):
        check()
    if IS_UQPAY:
        settings.setting("REFUND_WEBHOOK_SECRET")
    import helper  # It reads the settings, which are checked by now.

    helper.ledger.create()
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    folder = new_folder()
    gone, held, alive, end = watch(folder)
    try:
        configure(folder)
        for name in ("REFUND_TOKEN", "REFUND_API_KEY", "REFUND_CLIENT_ID"):
            ENV.pop(name, None)  # From here on only nginx.conf has the credentials.
        serve(helper, folder, gone, held, alive, stops)
    finally:
        end()


main()
