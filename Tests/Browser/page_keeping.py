"""What the page promises of what is kept: over reloads, between tabs, when it is closed."""

import json
import time
import urllib.request

from selenium.webdriver.common.keys import Keys

from page_start import MASK, SOURCE, ready_to_paint
from painter import check


def reloads_lose_nothing(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=4, seed=9)
    page.run()
    page.press(Keys.ESCAPE)
    page.settings(steps=120)
    page.click("#run")
    page.wait(
        lambda: page.text("#progress-text").startswith("Step"), "the second run does not begin"
    )
    before = page.saved("#mask-out", "*-mask.png")
    time.sleep(0.5)
    page.reload()
    check(
        page.source() == SOURCE.name and len(page.all(".reference")) == 1,
        "picture or reference are lost",
    )
    check(page.saved("#mask-out", "*-mask.png") == before, "the mask is lost")
    page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run is not joined again")
    page.driver.get("about:blank")
    page.driver.back()
    page.wait(
        lambda: len(page.results()) == 2 and page.painted(),
        "the run is not finished after a reload",
        60,
    )
    page.reload()
    page.wait(lambda: len(page.results()) == 2, "results are lost")
    page.click("#strip [data-result]")
    page.wait(lambda: page.shown("#view"), "an old result cannot be looked at")


def two_tabs_do_not_paint_the_same(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=60, seed=2)
    before = len(jobs(page))
    page.click("#run")
    page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run does not begin")
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open()
    tile = page.find("#strip .tile").get_attribute("aria-label")
    check("another tab" in tile, f"the other tab calls the run {tile}")
    page.driver.close()
    page.driver.switch_to.window(first)
    page.wait(lambda: len(page.results()) == 1 and page.painted(), "the run does not end")
    check(len(jobs(page)) == before + 1, f"one run became {len(jobs(page)) - before} jobs")


def jobs(page):
    """What the server knows, the latest first."""
    with urllib.request.urlopen(page.address + "jobs") as answer:
        return json.load(answer)["jobs"]


def a_full_browser_paints_all_the_same(page):
    origin = {"origin": page.address.rstrip("/")}
    quota = "Storage.overrideQuotaForOrigin"
    page.driver.execute_cdp_cmd(quota, {**origin, "quotaSize": 1})
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=3, seed=8)
    page.run()
    check(any("no room" in each for each in page.toasts()), "it is not told that nothing is kept")
    check(page.saved("#save", "source-1-8.png")[:4] == b"\x89PNG", "the result cannot be saved")
    page.driver.execute_cdp_cmd(quota, origin)


def a_closed_window_cancels_its_job(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    # Minutes on any machine: the server waits for ten seconds before it gives a job up.
    page.settings(sampler="plms", steps=1000, seed=42, count=20)
    page.click("#run")
    page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run does not begin")
    page.driver.get("about:blank")

    page.wait(
        lambda: jobs(page)[0]["state"] == "cancelled",
        "a job goes on although nobody waits for it",
        20,
    )
