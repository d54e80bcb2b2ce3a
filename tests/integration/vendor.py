# Imported by the scripts here about collateral: a vendor's service that answers as it is told to, over
# HTTP or HTTPS, and the built program ($CIX) asking it.
import atexit, http.server, json, os, shutil, signal, ssl, subprocess, sys, tempfile, threading, time
import urllib.parse

CIX = os.environ.get('CIX') or sys.exit('CIX: the built cix')
SHARED = os.environ.get('CIX_SHARED') or os.path.join(os.path.dirname(__file__), '../../../shared')
SAMPLES = os.path.join(SHARED, 'evidence')
work = tempfile.mkdtemp(prefix='cix-collateral-')
counts = {'passed': 0, 'failed': 0, 'skipped': 0}
atexit.register(shutil.rmtree, work, True)


def path(*names):
    return os.path.join(work, *names)


def expect(holds, what):
    counts['passed' if holds else 'failed'] += 1
    if not holds:
        print('FAIL', what, flush=True)
    return holds


def skip(count, why):
    counts['skipped'] += count
    print(f'skipped {count}: {why}')


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(counts['failed'] > 0)


def cix(*arguments, **options):
    return subprocess.run([CIX, *arguments], cwd=work, capture_output=True, text=True, check=False, **options)


def read(*names):
    with open(os.path.join(*names), 'rb') as file:
        return file.read()


def percent(pem):
    return urllib.parse.quote(pem.decode(), safe='')


# ---- a vendor ----

def answer(body, status=200, **headers):
    """A whole answer; underscores in names of headers stand for dashes."""
    def serve(request):
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace('_', '-'), value)
        request.send_header('Content-Length', str(len(body)))
        request.end_headers()
        request.wfile.write(body)
    return serve


def page(status=200):
    return answer(b'<html><body>Sign in to the hotel network</body></html>', status, Content_Type='text/html')


def throttle(seconds):
    return answer(b'', 429, Retry_After=str(seconds))


def truncated(body):
    def serve(request):
        request.send_response(200)
        request.send_header('Content-Length', str(len(body) + 1000))
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True
    return serve


def slow(body):
    """A byte a second, for as long as anybody listens."""
    def serve(request):
        request.send_response(200)
        request.send_header('Content-Length', str(len(body)))
        request.end_headers()
        for at in range(len(body)):
            request.wfile.write(body[at:at + 1])
            request.wfile.flush()
            time.sleep(1)
    return serve


def huge(says_so):
    """A gigabyte, announced or not."""
    def serve(request):
        request.send_response(200)
        if says_so:
            request.send_header('Content-Length', str(1 << 30))
        request.end_headers()
        try:
            for _ in range(1 << 14):
                request.wfile.write(b'x' * (1 << 16))
        except OSError:
            request.server.vendor.cut_short += 1
        request.close_connection = True
    return serve


def redirect(to):
    return answer(b'', 302, Location=to)


class Vendor:
    """`answers` maps a path with its query to what serves it, or to a list of such, one a request."""

    def __init__(self, certificate=None):
        self.answers, self.asked, self.tags, self.keys, self.cut_short = {}, [], [], [], 0
        self.gate = threading.Event() # closed: answers wait
        self.gate.set()
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_GET(self):
                vendor.asked.append(self.path)
                vendor.tags.append(self.headers.get('If-None-Match'))
                vendor.keys.append(self.headers.get('Ocp-Apim-Subscription-Key'))
                vendor.gate.wait(60)
                serve = vendor.answers.get(self.path, answer(b'', 404))
                if isinstance(serve, list):
                    serve = serve.pop(0) if len(serve) > 1 else serve[0]
                try:
                    serve(self)
                except OSError:
                    vendor.cut_short += 1

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(('127.0.0.1', 0), Handler)
        self.server.vendor = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f'http{"s" if certificate else ""}://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


# ---- asking it ----

def fetch(vendor, *arguments, cache='cache', code=None):
    """What the program says of each object, by name."""
    done = cix('collateral', 'fetch', '--cache', cache, '--kds-url', vendor.url, '--pccs-url', vendor.url,
               '--json', *arguments)
    if code is not None:
        expect(done.returncode == code, f'exit {done.returncode} instead of {code}: {arguments}\n{done.stderr}'
                                        f'{done.stdout}')
    said = json.loads(done.stdout) if done.stdout else {'objects': []}
    return {one['name']: one for one in said['objects']}


def listed(cache='cache', *arguments, code=None):
    done = cix('collateral', 'list', '--cache', cache, '--json', *arguments)
    if code is not None:
        expect(done.returncode == code, f'list: exit {done.returncode} instead of {code}\n{done.stdout}')
    return {one['name']: one for one in json.loads(done.stdout)['objects']} if done.stdout else {}


def results(said):
    return {name: one['result'] for name, one in said.items()}


def need_samples():
    if not os.path.isdir(os.path.join(SAMPLES, 'snp')):
        skip(1, 'no samples here')
        finish()


# ---- what the vendors' services have, as a simulator's state has it ----

FMSPC = '53494d000000'
CHAIN, CRL = '/vcek/v1/Milan/cert_chain', '/vcek/v1/Milan/crl'
CHAIN_NAME, CRL_NAME = 'amd-Milan-vcek-chain.pem', 'amd-Milan-crl.pem'


def simulate(state='state'):
    done = cix('sim', 'init', '--state', state)
    expect(done.returncode == 0, f'sim init: {done.stderr}')
    return path(state, 'endorsements')


def amd_of(folder):
    crl = subprocess.run(['openssl', 'crl', '-in', os.path.join(folder, 'snp-Milan-crl.pem'), '-outform', 'DER'],
                         capture_output=True, check=True).stdout
    return {CHAIN: answer(read(folder, 'snp-Milan-chain.pem'), ETag='"one"'), CRL: answer(crl)}
