"""Everything a page needs, put into the page: no request leaves it.

folium names its assets by address. Each address is looked up in one table and
replaced by the file of an installed package; an unknown address is an error.
"""

import base64
import hashlib
import mimetypes
import re
from importlib.resources import files

from maps.errors import PageError

LEAFLET_JS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"
LEAFLET_CSS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css"

ASSETS = {
    LEAFLET_JS: ("xstatic.pkg.leaflet", "data/leaflet.js"),
    LEAFLET_CSS: ("xstatic.pkg.leaflet", "data/leaflet.css"),
}
"""Address that folium writes -> (installed package, file in it)."""

CSP_MARK = "<!--content-security-policy-->"

_SCRIPT_LINK = re.compile(r'<script src="([^"]*)"></script>')
_STYLE_LINK = re.compile(r'<link rel="stylesheet" href="([^"]*)"\s*/?>')
_CSS_URL = re.compile(r"url\(([^)]*)\)")
_SOURCE_MAP = re.compile(r"^[ \t]*//# sourceMappingURL=.*$", re.MULTILINE)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def inline_assets(html: str) -> str:
    """Return the page with every linked script and style sheet put into it.

    Raises:
        PageError: a link to an address that is not in the table.

    """
    html = _SCRIPT_LINK.sub(lambda match: f"<script>{script_text(match[1])}</script>", html)
    return _STYLE_LINK.sub(lambda match: f"<style>{style_text(match[1])}</style>", html)


def script_text(address: str) -> str:
    """Return the script behind an address, safe inside a script element."""
    return safe_script(_SOURCE_MAP.sub("", _asset(address).decode("utf-8")))


def style_text(address: str) -> str:
    """Return the style sheet behind an address with its pictures inside."""

    def data_url(match: re.Match[str]) -> str:
        target = match[1].strip("'\" ")
        if target.startswith(("#", "data:")):
            return match[0]
        content = _asset(address, beside=target)
        kind = mimetypes.guess_type(target)[0] or "application/octet-stream"
        return f"url(data:{kind};base64,{base64.b64encode(content).decode('ascii')})"

    return _CSS_URL.sub(data_url, _asset(address).decode("utf-8"))


def safe_script(text: str) -> str:
    """Return a script that cannot close its own script element."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def add_content_policy(html: str) -> str:
    """Return the page with a policy that allows its own scripts and no request.

    Each script is named by its hash, so a script that text might smuggle in
    (an ``onerror`` attribute, say) does not run even if escaping failed.
    """
    hashes = []
    for body in _INLINE_SCRIPT.findall(html):
        digest = hashlib.sha256(body.encode("utf-8")).digest()
        hashes.append(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    policy = (
        f"default-src 'none'; script-src {' '.join(hashes)}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return html.replace(
        CSP_MARK, f'<meta http-equiv="Content-Security-Policy" content="{policy}">', 1
    )


def _asset(address: str, *, beside: str = "") -> bytes:
    if address not in ASSETS:
        raise PageError(f"页面引用了未登记的外部文件：{address}。请在 maps/offline.py 中登记。")
    package, name = ASSETS[address]
    path = files(package).joinpath(*name.split("/"))
    if beside:
        folder = name.rsplit("/", 1)[0]
        path = files(package).joinpath(*folder.split("/"), *beside.split("/"))
    try:
        return path.read_bytes()
    except OSError as fault:
        raise PageError(f"已安装的 {package} 中没有 {beside or name}，请重新安装依赖。") from fault
