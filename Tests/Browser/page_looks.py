"""What the page promises to eyes, fingers and screen readers, and how it comes."""

import urllib.request

from selenium.webdriver.common.keys import Keys

from page_start import PAGE, masked, ready_to_paint
from painter import check


def files_are_served(page):
    """What the page is made of comes from the server, under a policy that lets nothing else in."""
    for file in PAGE.iterdir():
        path = "" if file.name == "index.html" else f"page/{file.name}"
        with urllib.request.urlopen(page.address + path) as answer:
            check(answer.read() == file.read_bytes(), f"{file.name} is not what the server serves")
            policy = answer.headers["Content-Security-Policy"] or ""
            check(
                "default-src 'none'" in policy and "unsafe" not in policy, f"the policy is {policy}"
            )


def empty_page_explains_itself(page):
    check(
        page.shown("#empty") and len(page.all("#empty li")) == 4,
        "an empty page does not say what to do",
    )
    check("a picture, a reference" in page.text("#missing"), "it does not say what is needed")
    check(not page.find("#run").is_enabled(), "painting is offered without pictures")
    page.axe("empty")


def focus_is_seen_everywhere(page):
    ready_to_paint(page)
    page.press((Keys.CONTROL, "a"))
    seen = set()
    page.script("document.querySelector('.skip').focus()")
    for _ in range(60):
        page.press(Keys.TAB)
        name, width = page.script(
            "const e = document.activeElement; const s = getComputedStyle(e);"
            "return [e.id || e.getAttribute('aria-label') || e.textContent,"
            "  s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth)]"
        )
        if name in seen or page.script("return document.activeElement === document.body"):
            break
        seen.add(name)
        check(width >= 2, f"the focus is not seen on {name}")
    wanted = {
        "batch",
        "theme",
        "help",
        "brush",
        "canvas",
        "source",
        "scale",
        "steps",
        "sampler",
        "seed",
        "run",
        "grid",
    }
    missing = wanted - seen
    check(missing <= {"run", "grid"}, f"Tab does not reach {missing}; it reaches {sorted(seen)}")


def fingers_draw_and_pinch(page):
    ready_to_paint(page)
    width = page.script("return document.documentElement.scrollWidth")
    check(width <= 390, f"the page is {width} pixels wide on a phone")
    page.script("scrollTo(0, 0)")
    page.touch("touchStart", (0.45, 0.5))
    page.touch("touchMove", (0.5, 0.52))
    page.touch("touchMove", (0.55, 0.5))
    page.touch("touchEnd")
    page.wait(lambda: page.text("#missing") == "", "a finger draws nothing")
    drawn = masked(page)
    zoom = page.text("#zoom-fit")
    page.script("scrollTo(0, 0)")
    page.touch("touchStart", (0.45, 0.5))
    page.touch("touchStart", (0.45, 0.5), (0.55, 0.5))
    for part in range(1, 6):
        page.touch("touchMove", (0.45 - part * 0.04, 0.5), (0.55 + part * 0.04, 0.5))
    page.touch("touchEnd")
    percent = lambda text: int(text.split()[0])
    check(
        percent(page.text("#zoom-fit")) > 2 * percent(zoom),
        f"two fingers zoom from {zoom} to {page.text('#zoom-fit')}",
    )
    check(masked(page) == drawn, "two fingers draw")
    page.axe("phone")
    page.settings(sampler="ddim", steps=3, seed=4)
    page.run()
    width = page.script("return document.documentElement.scrollWidth")
    check(width <= 390, f"with a result, the page is {width} pixels wide on a phone")
    page.axe("phone, done")


def nothing_moves_for_who_wants_it_still(page):
    page.prefer(still=True)
    ready_to_paint(page)
    page.press("g")
    check(page.toasts(), "no note appears")
    check(
        page.script("return document.getAnimations().length") == 0,
        "something moves although it should not",
    )


def colours_follow_the_system_or_the_user(page):
    ground = lambda: page.script("return getComputedStyle(document.body).backgroundColor")
    light = ground()
    page.prefer(dark=True)
    dark = ground()
    check(light != dark, "dark is as light")
    page.axe("dark, empty")
    page.click("#theme")
    check(ground() == light, "the user's choice does not count")
    page.reload()
    check(ground() == light, "the user's choice is forgotten")
    page.press("d", "d")
    check(ground() == dark, "the system's colours do not come back")


def no_window_is_too_small(page):
    """A desktop enlarged four times, a phone on its side, a tablet: nothing has to be moved sideways."""
    ready_to_paint(page)
    for width, height in ((320, 256), (844, 390), (820, 1180), (1024, 600)):
        page.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        page.script("scrollTo(0, 0)")
        wide = page.script("return document.documentElement.scrollWidth")
        check(wide <= width, f"in a window of {width} × {height} the page is {wide} wide")
        stage = page.find(".stage").rect
        check(stage["height"] >= 200, f"{width} × {height} leaves {stage['height']} for the stage")
