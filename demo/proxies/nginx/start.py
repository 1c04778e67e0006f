"""Starts the helper and nginx: `python3 start.py`. It fills in nginx.conf from the settings."""

import grp, http.client, os, pwd, re, signal, socket, subprocess, sys, tempfile, threading

HERE, ENV = os.path.dirname(os.path.abspath(__file__)), os.environ
MODULES = ENV.get("NGINX_MODULES", "/usr/lib/nginx/modules")  # Where Debian and nginx.org put njs.
sys.path.insert(0, os.path.join(HERE, "../python"))
import settings

IS_UQPAY = settings.provider() == "uqpay"


def safe(name, default=None):
    """A setting that goes into nginx.conf; it must not end the value there."""
    value = settings.setting(name, default)
    if any(mark in value for mark in "\"\\$;{} \n"):
        sys.exit(f"{name}: expected none of \" \\ $ ; {{ }} and no space, which nginx.conf cannot take: correct it {settings.WHERE}")
    return value


def configure(folder):
    values = {
        "user": f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}", "modules": MODULES,
        "folder": folder, "here": HERE, "provider": settings.provider(), "upstream": safe("REFUND_UPSTREAM").rstrip("/"),
        "port": str(settings.port("8080")), "timeout": f"{round(settings.timeout() * 1000)}ms",
        "client": safe("REFUND_CLIENT_ID") if IS_UQPAY else "",
        "api_key": safe("REFUND_API_KEY") if IS_UQPAY else "",
        "bearer": "" if IS_UQPAY else f"Bearer {safe('REFUND_TOKEN')}",
    }
    with open(os.path.join(HERE, "nginx.conf")) as source, open(f"{folder}/nginx.conf", "w") as made:
        made.write(re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], source.read()))


def check_port(port):
    """nginx would try five times, and say it in as many lines."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"port {port} cannot be used ({error.strerror}): set PORT to another one")


def start(nginx, held, port):
    try:
        subprocess.run(nginx, check=True, pass_fds=[held])  # It listens when this ends, and runs on by itself.
        # Its processes run when it answers: from then on it can be stopped.
        first = http.client.HTTPConnection("127.0.0.1", port)
        first.request("GET", "/")
        first.getresponse().read()
        first.close()
    except FileNotFoundError:
        sys.exit("nginx is not installed, or not in PATH")
    except (subprocess.CalledProcessError, http.client.HTTPException, OSError):
        sys.exit("nginx did not start: it says why above")


def main():
    settings.setting("REFUND_SESSION")
    for check in (settings.upstream, settings.orders, settings.timeout):
        check()
    if IS_UQPAY:
        settings.setting("REFUND_WEBHOOK_SECRET")
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with tempfile.TemporaryDirectory(prefix="refund-proxy-") as folder:  # Only this user reads it.
        configure(folder)
        for name in ("REFUND_TOKEN", "REFUND_API_KEY", "REFUND_CLIENT_ID"):
            ENV.pop(name, None)  # From here on only nginx.conf has the credentials.
        import helper

        helper.ledger.create()
        port = settings.port("8080")
        check_port(port)
        with helper.Server(f"{folder}/helper.sock", helper.Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            nginx = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
            gone, held = os.pipe()
            start(nginx, held, port)
            os.close(held)
            try:
                print(f"http://127.0.0.1:{port}{helper.proxy.BASE}", flush=True)
                signal.sigwait(stops)
            finally:
                subprocess.run([*nginx, "-s", "stop"], stderr=subprocess.DEVNULL)  # It says that it sends a signal.
                os.read(gone, 1)  # It returns when no process of nginx is left: until then they need the folder.


main()
