"""Resident memory of one web worker that has served 1,000 requests of the demo company.

    python -m bench.worker_memory [REQUESTS]

A person logs in and goes round the pages that people use; the accounts differ from round to round.
"""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from itertools import cycle

from bench import common
from tenure.runs.demo_staff import DOMAIN, PASSWORD
from tools import site

ACCOUNTS = 1000
BAR_MB = 180
PAGES = (
    "/",
    "/accounts/",
    "/accounts/{id}/",
    "/accounts/{id}/why/gemstone/",
    "/handbook/",
    "/reports/portfolio/",
    "/notices/",
    "/palette/?q=har",
)


def browser(url: str, email: str) -> urllib.request.OpenerDirector:
    """A client with cookies, logged in through the form."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = opener.open(f"{url}/login/").read().decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    form = {"csrfmiddlewaretoken": token, "login": email, "password": PASSWORD}
    request = urllib.request.Request(f"{url}/login/", urllib.parse.urlencode(form).encode(), {"Referer": f"{url}/login/"})
    opener.open(request)
    return opener


def go_round(opener: urllib.request.OpenerDirector, url: str, requests: int) -> dict[str, int]:
    """Ask for pages in turn; answers by status and page."""
    seen: dict[str, int] = {}
    for number, page in zip(range(requests), cycle(PAGES), strict=False):
        try:
            with opener.open(url + page.format(id=number % ACCOUNTS + 1)) as answer:
                status = answer.status
                answer.read()
        except urllib.error.HTTPError as error:
            status = error.code
        seen[f"{status} {page}"] = seen.get(f"{status} {page}", 0) + 1
    return seen


def main() -> None:
    """Build, serve, ask, measure."""
    requests = common.rows_from_arguments(1000)
    with site.serving(ACCOUNTS) as where:
        common.header(f"memory of one web worker after {requests:,} requests", f"demo company of {ACCOUNTS:,} accounts")
        before = {pid: common.rss_mb(pid) for pid in site.family(where.pid)}
        answers = go_round(browser(where.url, f"oona@{DOMAIN}"), where.url, requests)
        after = {pid: common.rss_mb(pid) for pid in site.family(where.pid)}
        largest = max(after, key=lambda pid: after[pid])
        own = common.rss_mb(largest, "RssAnon")
    print("   " + ", ".join(f"{label}: {count}" for label, count in sorted(answers.items())))
    print(
        f"   processes before: {sorted(round(mb) for mb in before.values())} MB, after: {sorted(round(mb) for mb in after.values())} MB"
    )
    print(f"   of the largest: {own:.0f} MB its own, {after[largest] - own:.0f} MB code of libraries, shared between workers")
    common.verdict("largest process, resident", after[largest], BAR_MB, "MB")


if __name__ == "__main__":
    main()
