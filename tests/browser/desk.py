#!/usr/bin/env python3
"""What people do at the portal, in Chromium: desk.py STORY [ARGUMENT].

From the environment: DESK (host and port), ADDRESS (where it is), SECRET (alice's password), SHOTS (a directory).
Prints what the test goes on with; a story that does not hold ends with an AssertionError.
"""
import os
import re
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

DESK = os.environ["DESK"]
HOST = DESK.split(":")[0]
OWN, OTHER = "00:04:f2:82:e8:24", "0004a11a1a1a"


class Desk:
    """A browser of its own: width in CSS pixels, colours, with or without scripts."""

    def __init__(self, profile, width=1100, height=900, dark=False, script=True):
        options = webdriver.ChromeOptions()
        for word in (
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
            "--ignore-certificate-errors", "--no-first-run", f"--user-data-dir={profile}",
            f"--host-resolver-rules=MAP {HOST} {os.environ['ADDRESS']}",
        ):
            options.add_argument(word)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.page = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.page.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        if not script:
            self.page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.page.quit()

    def go(self, path):
        self.page.get(f"https://{DESK}{path}")

    def one(self, selector):
        return self.page.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.page.find_elements(By.CSS_SELECTOR, selector)

    def until(self, what):
        return WebDriverWait(self.page, 20).until(lambda _: what())

    def title(self):
        return self.one("h1").text

    def submit(self, selector, expected):
        """Press a button, until the page of this title is there."""
        self.one(selector).click()
        self.until(lambda: self.title() == expected)

    def shot(self, name):
        """The whole page."""
        size = self.page.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = self.page.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}})
        with open(os.path.join(os.environ["SHOTS"], name + ".png"), "wb") as out:
            import base64
            out.write(base64.b64decode(shot["data"]))

    def log_in(self):
        self.go("/")
        assert self.title() == "Log in", self.title()
        self.one("#account").send_keys("alice")
        self.one("#password").send_keys(os.environ["SECRET"])
        self.submit("form button", "New one-time password")

    def issue(self, mac=OWN):
        self.one("#mac").send_keys(mac)
        self.submit("form.card button", "Type this on the phone")
        code = self.one("#code").text
        assert re.fullmatch(r"\d{4}-\d{4}", code), code
        return code


def issue(desk):
    desk.log_in()
    live = desk.one("#mac-live")
    mac = desk.one("#mac")
    mac.send_keys("00:04:f2")
    desk.until(lambda: live.text == "6 of 12 digits")
    mac.send_keys(":zz")
    desk.until(lambda: "cannot be a MAC" in live.text)
    mac.send_keys(Keys.BACKSPACE * 2 + "82:e8:24")
    desk.until(lambda: live.text == f"Complete: {OWN}")
    desk.shot("desktop-mac")
    mac.clear()
    code = desk.issue()
    assert len(desk.all("ol.steps li")) == 4
    assert code in desk.one("ol.steps").text
    assert "prov.example.com/bootstrap" in desk.one(".server").text
    left = desk.one("#left")
    first = desk.until(lambda: left.text)
    assert re.fullmatch(r"1[45]:\d\d", first), first
    desk.until(lambda: left.text != first)
    # read out seldom, and not each second
    assert left.get_attribute("aria-live") == "off"
    assert desk.one("#left-spoken").text == ""
    desk.shot("desktop-code")
    desk.page.refresh()
    assert desk.one("#code").text == code
    print("code", code)


def issue_plain(desk):
    desk.log_in()
    print("code", desk.issue())


def list_shows(desk, state):
    desk.log_in()
    assert [e.text for e in desk.all(".codes .state")] == [state]
    desk.shot("desktop-list")


def tenant(desk):
    desk.log_in()
    desk.one("#mac").send_keys(OTHER)
    desk.one("form.card button").click()
    desk.until(lambda: desk.all("[role=status]"))
    assert "No one-time password can be had for this phone." in desk.one("[role=status]").text
    desk.shot("desktop-refused")


def plain(desk):
    """The driver's own scripts run in another world; the page's do not run at all."""
    desk.log_in()
    desk.one("#mac").send_keys("nonsense")
    desk.one("form.card button").click()
    desk.until(lambda: desk.all("#mac-error"))
    assert desk.one("#mac").get_attribute("value") == "nonsense"
    assert desk.one("#mac").get_attribute("aria-invalid") == "true"
    assert desk.one("#mac-live").text == ""
    desk.shot("desktop-error")
    desk.one("#mac").clear()
    code = desk.issue()
    assert not desk.one("#left").is_displayed()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", desk.one("dd time").text)
    desk.one("a[href='/']:last-of-type")
    desk.go("/")
    assert desk.one(".state").text == "waits for the phone"
    desk.one(".do a").click()
    desk.until(lambda: desk.all("#code"))
    assert desk.one("#code").text == code
    print("code", code)


def fits(desk):
    """No page is wider than the screen, no text overflows its box, and what is pressed is large enough."""
    script = """
    const wide = [];
    if (document.documentElement.scrollWidth > innerWidth) wide.push('page ' + document.documentElement.scrollWidth);
    for (const e of document.querySelectorAll('main *, header *')) {
        const box = e.getBoundingClientRect();
        if (box.width > 1 && !e.matches('.skip') && (box.right > innerWidth + 1 || box.left < -1))
            wide.push(e.tagName + '.' + e.className + ' ' + box.right);
    }
    for (const e of document.querySelectorAll('button, .button, input:not([type=hidden])')) {
        const box = e.getBoundingClientRect();
        if (box.height < 40) wide.push('small ' + e.outerHTML);
    }
    return wide;
    """
    found = desk.page.execute_script(script)
    assert found == [], found


def small_pages(desk, colours):
    desk.go("/")
    fits(desk)
    desk.shot(f"phone-login-{colours}")
    desk.one("#account").send_keys("alice")
    desk.one("#password").send_keys("wrong " + colours)
    desk.one("form button").click()
    desk.until(lambda: desk.all("[role=alert]"))
    fits(desk)
    desk.shot(f"phone-wrong-{colours}")
    desk.log_in()
    fits(desk)
    desk.issue()
    fits(desk)
    desk.shot(f"phone-code-{colours}")
    desk.go("/")
    fits(desk)
    desk.one("#mac").send_keys("00:04:f2:82")
    desk.shot(f"phone-home-{colours}")
    desk.go("/nowhere")
    fits(desk)
    desk.shot(f"phone-nowhere-{colours}")


def keyboard(desk):
    """With the keyboard alone; what has the focus can be seen."""
    def focused():
        return desk.page.switch_to.active_element

    def outlined():
        return desk.page.execute_script(
            "return getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            " && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2")

    desk.go("/")
    assert focused().get_attribute("id") == "account"
    focused().send_keys("alice" + Keys.TAB)
    assert outlined()
    focused().send_keys(os.environ["SECRET"] + Keys.ENTER)
    desk.until(lambda: desk.title() == "New one-time password")
    assert focused().get_attribute("id") == "mac"
    focused().send_keys(OWN + Keys.TAB)
    assert focused().tag_name == "button" and outlined()
    desk.shot("desktop-focus")
    focused().send_keys(Keys.ENTER)
    desk.until(lambda: desk.title() == "Type this on the phone")
    desk.go("/")
    desk.one("body").send_keys(Keys.TAB * 3)
    seen = []
    for _ in range(12):
        seen.append(focused().get_attribute("outerHTML")[:200])
        assert outlined() or focused().tag_name == "body", seen[-1]
        focused().send_keys(Keys.TAB)
    assert any("aria-label=\"Revoke the one of" in html for html in seen), seen
    button = desk.one("form[action='/revoke'] button")
    button.send_keys(Keys.ENTER)
    desk.until(lambda: desk.all("[role=status]"))
    assert "was revoked" in desk.one("[role=status]").text


CONTRAST = """
function parse(c) { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; }
function ground(e) { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.a === 1) return c.rgb; } return [255, 255, 255]; }
function light(rgb) { const [r, g, b] = rgb.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; }
const bad = [];
for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!e.getClientRects().length || e.matches('script, style, .skip')) continue;
    const a = light(parse(getComputedStyle(e).color).rgb), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 80));
}
for (const e of document.querySelectorAll('input:not([type=hidden])'))
    if (!e.labels.length) bad.push('no label: ' + e.outerHTML);
for (const e of document.querySelectorAll('button, a'))
    if (!e.textContent.trim()) bad.push('no name: ' + e.outerHTML);
if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
if (!document.documentElement.lang) bad.push('no language');
return bad;
"""


def look(desk):
    found = desk.page.execute_script(CONTRAST)
    assert found == [], found
    said = [entry["message"] for entry in desk.page.get_log("browser") if entry["level"] == "SEVERE"]
    assert said == [], said


def faults(desk):
    desk.go("/")
    look(desk)
    desk.log_in()
    look(desk)
    desk.issue()
    look(desk)
    desk.go("/")
    look(desk)
    # a script of somebody else would not run: the policy forbids it
    desk.page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = \"taken\"'; document.body.append(s)")
    assert "taken" not in desk.page.title
    assert any("Content Security Policy" in e["message"] for e in desk.page.get_log("browser"))


STORIES = {
    "issue": (issue, [{}]),
    "issue-plain": (issue_plain, [{}]),
    "list-shows": (list_shows, [{}]),
    "tenant": (tenant, [{}]),
    "plain": (plain, [{"script": False}]),
    "small": (None, [{"dark": False}, {"dark": True}]),
    "keyboard": (keyboard, [{}]),
    "faults": (faults, [{}, {"dark": True}]),
}


def main():
    story, browsers = STORIES[sys.argv[1]]
    for options in browsers:
        with tempfile.TemporaryDirectory() as profile:
            if story is None:
                with Desk(profile, width=360, height=740, **options) as desk:
                    small_pages(desk, "dark" if options["dark"] else "light")
            else:
                with Desk(profile, **options) as desk:
                    story(desk, *sys.argv[2:])


main()
