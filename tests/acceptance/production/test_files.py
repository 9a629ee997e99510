"""What docker would run, read without docker: the image, the services with their variables, and the web server."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import crossplane
import pytest
import yaml

from product_search import conf
from product_search.api import bodies
from tests.acceptance.shops import free_port

from .conftest import PATIENCE_S, ROOT, SCRIPT

DOCKER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"] == "product-search-shop"}
NGINX = (DOCKER / "nginx.conf").read_text(encoding="utf-8")
#: ${NAME}, ${NAME:?message} and ${NAME:-default}.
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([?-])([^}]*))?\}")


def words_of_the_script() -> set[str]:
    return set(re.findall(r"^    ([a-z]+)\)$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def test_every_service_of_the_image_runs_a_word_of_the_script():
    assert {"setup", "web", "worker", "beat"} == OURS
    for name in OURS:
        assert SERVICES[name]["command"] == [name]
        assert name in words_of_the_script()
    assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", "shop", "alive"]
    assert {"postgres", "redis", "nginx"} == set(SERVICES) - OURS


def test_no_service_starts_before_what_it_needs():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert SERVICES["setup"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[needed], (name, needed)


def test_only_set_up_knows_the_owner():
    for name in OURS - {"setup"}:
        environment = SERVICES[name]["environment"]
        assert environment["DATABASE_URL"].startswith("postgresql://shop:${SHOP_DATABASE_PASSWORD"), name
        assert not [text for text in strings(SERVICES[name]) if "POSTGRES_PASSWORD" in text], name
        assert "APP_DATABASE_URL" not in environment
    setup = SERVICES["setup"]["environment"]
    assert setup["DATABASE_URL"].startswith("postgresql://shop_owner:${POSTGRES_PASSWORD")
    assert setup["APP_DATABASE_URL"] == SERVICES["web"]["environment"]["DATABASE_URL"]
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == "shop_owner"


def test_no_secret_stands_in_a_file():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|TOKEN", name):
                # Required, or without a value.
                assert re.fullmatch(r"\$\{[A-Z_]+:(\?[^}]*|-)\}", value), (
                    f"{name} must come from the environment"
                )
            for password in re.findall(r"://[^:/]+:([^@]+)@", value):
                assert password.startswith("${"), f"{name} holds a password"
    assert all(secret["file"].startswith("${") for secret in COMPOSE["secrets"].values())
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"(PASSWORD|SECRET|TOKEN)[A-Z_]*=", image)


def test_every_variable_that_must_be_set_is_documented():
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    found = {name: how for name, how, _ in VARIABLE.findall(text)}
    assert set(found.values()) <= {"?", "-"}, "each is required or has a default"
    documented = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    assert [name for name in found if f"`{name}`" not in documented] == []


def test_the_environment_holds_what_the_settings_and_the_script_read():
    read = set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', (ROOT / "catalog/settings.py").read_text()))
    read |= set(re.findall(r"\$\{([A-Z_]+)", SCRIPT.read_text())) | {"APP_DATABASE_URL", "HF_HOME"}
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    baked = set(re.findall(r"^(?:ENV )? *([A-Z_]+)=", image, re.MULTILINE))
    given = {name for service in OURS for name in SERVICES[service]["environment"]}
    assert given <= read, "a variable that nobody reads"
    assert {"SHOP_STATIC_ROOT", "SHOP_MEDIA_ROOT", "SHOP_STATE", "HF_HOME"} <= baked
    assert "SHOP_DEBUG" not in given | baked


def test_the_image_is_built_of_what_is_there_and_let_through():
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    let_through = {
        line[1:]
        for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        source
        for line in re.findall(r"^COPY (?:--\S+ )?(.+)$", image, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / source).exists() for source in copied)
    assert SCRIPT.stat().st_mode & 0o111


def test_volumes_are_where_the_image_and_nginx_look_for_them():
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if name in OURS:
                assert target in image, f"{target} is no folder of the image that belongs to its user"
            if name == "nginx":
                assert mode == ["ro"]
                assert source in COMPOSE["volumes"] or (DOCKER / source).exists()
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["nginx"]


@pytest.fixture(scope="module")
def nginx_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What nginx.conf names that is another container's or machine's, and what stands for it here."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "mime.types").write_text("types { text/css css; image/png png; text/html html; }\n")
    return {
        "/etc/nginx/mime.types": str(folder / "mime.types"),
        "/run/secrets/tls_certificate": str(folder / "certificate.pem"),
        "/run/secrets/tls_key": str(folder / "key.pem"),
        "pid /run/nginx.pid": f"pid {folder}/nginx.pid",
        "access_log /dev/stdout paths": "access_log off",
        "listen 80 ": f"listen 127.0.0.1:{free_port()} ",
        "listen 443 ": f"listen 127.0.0.1:{free_port()} ",
        "server web:8000": f"server 127.0.0.1:{free_port()}",
    }


def configured(folder: Path, changes: Mapping[str, str]) -> Path:
    """nginx.conf for this machine: addresses, folders and nothing else are another's."""
    text = NGINX
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "nginx.conf"
    path.write_text(text.replace("root /srv;", f"root {folder};"))
    return path


def directives(tree: list[dict[str, Any]], *path: str) -> list[list[str]]:
    """Arguments of the directives at a path of block names: ("http", "server", "listen")."""
    first, *rest = path
    found = [each for each in tree if each["directive"] == first]
    return (
        [arguments for each in found for arguments in directives(each["block"], *rest)]
        if rest
        else [each["args"] for each in found]
    )


def megabytes(size: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([km]?)", size).groups()
    return int(number) * {"": 1, "k": 1 << 10, "m": 1 << 20}[unit]


def test_the_web_server_lets_through_what_the_shop_accepts(nginx_files, tmp_path):
    """Every directive is known, has its arguments and stands where it may."""
    parsed = crossplane.parse(str(configured(tmp_path, nginx_files)), single=True, strict=True)
    assert parsed["errors"] == []
    tree = parsed["config"][0]["parsed"]
    (limit,) = directives(tree, "http", "client_max_body_size")
    assert megabytes(limit[0]) == 20 << 20
    default = conf.Conf(product_model="a.B", document="a.b", encoder="hash:8").max_upload_bytes
    assert megabytes(limit[0]) >= default + bodies.TEXT_BYTES, (
        "else nginx refuses what the shop would explain"
    )
    assert ["X-Forwarded-Proto", "https"] in directives(tree, "http", "server", "proxy_set_header")
    assert ["X-Forwarded-For", "$remote_addr"] in directives(tree, "http", "server", "proxy_set_header")
    assert {tuple(each) for each in directives(tree, "http", "server", "location")} >= {
        ("/",),
        ("/static/",),
        ("/media/",),
    }


class Echo(BaseHTTPRequestHandler):
    """Says what reached it."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        names = ("Host", "X-Forwarded-Proto", "X-Forwarded-For")
        said = "\n".join([str(length), *(f"{name}: {self.headers[name]}" for name in names)]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def front(folder: Path, changes: Mapping[str, str]) -> Iterator[str]:
    """nginx in front of Echo; its address."""
    config = configured(folder, changes)
    _make_certificate(changes["/run/secrets/tls_certificate"], changes["/run/secrets/tls_key"])
    port = int(changes["server web:8000"].rpartition(":")[2])
    server = ThreadingHTTPServer(("127.0.0.1", port), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    command = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    # As root it would hand its workers to somebody who can't read this test's folders.
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(user + config.read_text().replace("http {", f"http {{ {temporary}", 1))
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        tls = int(changes["listen 443 "].strip().rpartition(":")[2])
        _wait_for(tls, process)
        yield f"https://127.0.0.1:{tls}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        server.shutdown()
        server.server_close()
        thread.join()


def _make_certificate(certificate: str, key: str) -> None:
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-nodes",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ),
            *("-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE_S * 10):
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.1)
    raise AssertionError("nginx did not listen")


@pytest.mark.skipif(
    shutil.which("nginx") is None, reason="nginx is not installed: apt-get install nginx-light"
)
def test_nginx_itself_serves_files_and_hands_on_the_rest(nginx_files, tmp_path):
    for name, content in (("media/a.png", "picture"), ("static/shop.0123456789ab.css", "style")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)

    def ask(
        path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Message, str]:
        request = urllib.request.Request(address + path, body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60, context=trusted) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    with front(tmp_path, nginx_files) as address:
        trusted = ssl.create_default_context(cafile=nginx_files["/run/secrets/tls_certificate"])
        _, _, said = ask(
            "/search/v1/search?q=mug", headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
        )
        assert said.splitlines()[1:] == [
            f"Host: {address.removeprefix('https://')}",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: 127.0.0.1",
        ]
        assert ask("/search/v1/search", b"x" * 20_200_000)[2].startswith("20200000\n")
        status, headers, said = ask("/search/v1/search", b"x" * 21_000_000)
        assert (status, headers["Content-Type"]) == (413, "application/problem+json")
        assert '"code": "body_too_large"' in said
        status, headers, said = ask("/", b"x" * 21_000_000)
        assert (status, headers["Content-Type"]) == (413, "text/html; charset=utf-8")
        assert "größer als 20 MB" in said
        _, headers, said = ask("/media/a.png")
        assert (said, headers["Content-Type"]) == ("picture", "image/png")
        assert "sandbox" in headers["Content-Security-Policy"]
        _, headers, said = ask("/static/shop.0123456789ab.css")
        assert (said, headers["Cache-Control"]) == ("style", "public, max-age=31536000, immutable")
        assert ask("/media/none.png")[0] == 404
