"""A member of staff with a browser of their own at the desk of a running house: cookies, and no scripts."""

import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from urllib.parse import urlsplit

from devserver.environment import ROOT
from devserver.visitor import Answer, Visitor, forms_in
from tests.factories.house import House

EMAIL = "campaigner@open-door.test"
PATIENCE = 60


@dataclass
class Campaigner(Visitor):
    cookies: CookieJar = field(default_factory=CookieJar)

    def draft_newsletter(self, subject: str) -> str:
        """To the first list, tested and ready to go; its address."""
        form = self.open("/desk/mailings/new")
        begun = self.submit(form, "/desk/mailings/new", {"what": "newsletter"})
        here = urlsplit(begun.url).path
        words = self.open(f"{here}/words/en")
        typed = {"subject": subject, "blocks-0-type": "text", "blocks-0-html": "She has seen a lawyer."}
        self.submit(words, f"{here}/words/en", **typed)
        self.submit(self.open(here), f"{here}/test").must_say("A test was sent")
        return here

    def launch(self, here: str, form: Answer, number: int) -> Answer:
        return self.submit(form, f"{here}/launch", typed=str(number))

    def _send(self, request: urllib.request.Request) -> Answer:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.url, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, request.full_url, refused.read(), dict(refused.headers))


def at_the_desk_of(house: House, email: str = EMAIL) -> Campaigner:
    """Signed in by the link that a demonstration's operator gets."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "staff", "open", email]
    ran = subprocess.run(command, env=house.environment, cwd=ROOT, capture_output=True, text=True, check=True)
    link = next(word for word in ran.stdout.split() if "/desk/open/" in word)
    campaigner = Campaigner(house.base_url)
    ((_, fields),) = forms_in(campaigner.open(link).text)
    campaigner.post(link, fields).must_say("Today")
    return campaigner
