"""The headers of every answer (W-02): nothing from elsewhere, nothing framed, nothing told to where a link leads."""

from wsgiref.headers import Headers

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; "
    "form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Of a screen whose own script sends what is typed.
KEEPS = f"{POLICY}; connect-src 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
# Under these a link from a mail leads, and such a link must not be kept, listed or passed on (C-06).
PERSONAL_PATHS = ("/answer/", "/c/", "/u/", "/p/", "/t/", "/undo/")
# An address that carries this lets its owner act for half an hour without another mail.
CONTINUATION = "next"


def install(app: Flask) -> None:
    app.after_request(add)


def add_to_file(headers: Headers, _path: str, _url: str) -> None:
    """WhiteNoise answers for style sheets and fonts before Flask is asked."""
    for name, value in HEADERS.items():
        headers[name] = value


def add(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if _is_personal(request.path) or request.method == "POST" or CONTINUATION in request.args:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_personal(path: str) -> bool:
    """Also the way back from a printed letter, which stands under its page."""
    return path.startswith(PERSONAL_PATHS) or path.endswith("/posted")
