"""Answers a study as raters do, in Chromium, and analyses what they saved.

  apt-get install chromium chromium-driver
  pip install selenium==4.51.0
  python Tests/Browser/study.py .build/release/pbe-eval .build/release/pbe-serve [--pictures FOLDER]

Makes a study of baselines on a small bench. One rater answers with keys, one drags, one taps on a
phone's screen, to which pbe-serve brings the page; one reloads in the middle. Checks what is seen, kept, said and saved; that the page
names no method, asks for no address and breaks no rule of its own policy; that the orders are those of
Philox. `--pictures` writes screenshots, light and dark, of a desktop and a phone.
"""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from chromium import complaints, window

BENCH = Path(__file__).parent.parent / "Golden/evaluation/bench"
METHODS = ["copy-paste", "copy-paste-harmonised", "blur-fill", "ground-truth"]
GROUPS, REPEATS, ATTENTION = 3, 1, 1
STEPS = 2 * (GROUPS + REPEATS + ATTENTION)


def check(condition, message):
    if not condition:
        raise SystemExit(f"study page: {message}")


# MARK: The study


def run(*arguments):
    result = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    check(result.returncode == 0, f"{' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout


def make_study(program, folder, methods):
    for method in methods:
        run(program, "--baseline", method, "--bench", BENCH, "--output", folder / method, "--threads", 1)
    run(
        program, "study", "make", *[folder / method for method in methods], "--output", folder / "study",
        "--groups", GROUPS, "--repeats", REPEATS, "--attention", ATTENTION, "--raters", 3, "--seed", 7)
    return folder / "study/study.html", json.loads((folder / "study/study.json").read_text())


def known_methods(program):
    text = run(program, "score", "--help")
    return [method for method in METHODS if method in text]


# MARK: The orders, once more


def philox(counter, key):
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = x0 * 0xD2511F53, x2 * 0xCD9E8D57
        x0, x1, x2, x3 = (b >> 32) ^ x1 ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ x3 ^ k1, a & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x0, x1, x2, x3


def shuffled(items, seed, purpose, index):
    hashed = 2166136261
    for byte in purpose.encode():
        hashed = (hashed ^ byte) * 16777619 & 0xFFFFFFFF
    words = []
    for block in range(len(items)):
        words += philox((block, hashed, index, 0), (seed & 0xFFFFFFFF, seed >> 32))
    result = list(items)
    for place, last in enumerate(range(len(items) - 1, 0, -1)):
        other = words[place] * (last + 1) >> 32
        result[last], result[other] = result[other], result[last]
    return result


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def check_contrast(page):
    """Text on what it stands on: at least 4.5 to 1 (WCAG 2.2, AA), light and dark."""
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in
              re.findall(r":root \{(.*?)\}", page, re.S)]
    check(len(themes) == 2, "the page has no light and dark colours")
    pairs = [(text, ground) for text in ("ink", "soft", "accent", "problem") for ground in ("page", "card")]
    for theme in themes:
        for text, ground in pairs + [("on-accent", "accent"), ("accent", "tint")]:
            high, low = sorted((luminance(theme[text]), luminance(theme[ground])), reverse=True)
            contrast = (high + 0.05) / (low + 0.05)
            check(contrast >= 4.5, f"{text} {theme[text]} on {ground} {theme[ground]}: {contrast:.2f}")


def check_orders(page, answers):
    data = json.loads(re.search(r'id="study">(.*?)</script>', page, re.S).group(1))
    groups = {group["id"]: i for i, group in enumerate(data["groups"])}
    for ranking in answers["rankings"]:
        place = groups[ranking["group"]]
        ids = [result["id"] for result in data["groups"][place]["results"]]
        purpose = f"study {ranking['question']} {answers['rater']}"
        expected = shuffled(ids, int(data["seed"], 16), purpose, place + 1)
        check(ranking["shown"] == expected, f"{purpose}: shown {ranking['shown']}, not {expected}")


# MARK: The browser


class Rater:
    """A browser window and what a rater does in it."""

    def __init__(self, downloads, size=(1280, 860), dark=False, touch=False):
        self.driver = window(downloads, size, dark, touch)
        self.downloads = downloads

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def open(self, page, code=None):
        address = page.as_uri() if isinstance(page, Path) else page
        self.driver.get(address + (f"#{code}" if code else ""))

    def begin(self):
        self.find("form button").click()

    def press(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def start_question(self):
        """Passes over a question's own page, if it is in sight."""
        for button in self.all("#go"):
            button.click()

    def places(self):
        return [place.get_attribute("aria-label") for place in self.all(".slot")]

    def drag(self, start, place):
        target = self.find(f'[data-place="{place}"]')
        chain = ActionChains(self.driver, duration=20)
        chain.click_and_hold(start).move_by_offset(0, 12).move_to_element(target).release().perform()

    def finger(self, start, place):
        """Drags with one finger."""
        def middle(element):
            box = element.rect
            y = box["y"] - self.driver.execute_script("return window.scrollY")
            return {"x": box["x"] + box["width"] / 2, "y": y + box["height"] / 2}

        def touch(kind, *points):
            self.driver.execute_cdp_cmd(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        begin, end = middle(start), self.find(f'[data-place="{place}"]')
        fixed = self.driver.execute_script("return arguments[0].getBoundingClientRect().toJSON()", end)
        goal = {"x": fixed["x"] + fixed["width"] / 2, "y": fixed["y"] + fixed["height"] / 2}
        touch("touchStart", begin)
        for i in range(1, 6):
            touch("touchMove", {k: begin[k] + (goal[k] - begin[k]) * i / 5 for k in begin})
        touch("touchEnd")

    def save(self, code):
        self.find("#download").click()
        file = self.downloads / f"answers-{code}.json"
        for _ in range(100):
            if file.exists() and file.stat().st_size > 0:
                return file
            time.sleep(0.05)
        raise SystemExit("study page: saving made no file")

    def picture(self, folder, name):
        if folder:
            self.driver.save_screenshot(str(folder / f"{name}.png"))

    def finish(self):
        problems = complaints(self.driver)
        self.driver.quit()
        check(not problems, f"the browser complains: {problems}")


def answer_with_keys(page, code, downloads, pictures):
    """Also reloads in the middle, takes back, goes back and pauses."""
    rater = Rater(downloads)
    rater.open(page, code)
    check(rater.find("#code").get_attribute("value") == code, "the address's code is not filled in")
    rater.picture(pictures, "welcome")
    rater.begin()
    rater.picture(pictures, "question")
    for step in range(STEPS):
        rater.start_question()
        check(rater.find("#count").text == f"{step + 1} of {STEPS}", "the count is wrong")
        if step == 1:
            rater.press("2", "4")
            before = rater.places()
            rater.picture(pictures, "half-way")
            rater.driver.refresh()
            check("picture 2" in before[0], f"keys place nothing: {before}")
            check(rater.places() == before, "a reload loses places")
            check(rater.find("#count").text == f"2 of {STEPS}", "a reload loses the step")
            rater.press(Keys.BACKSPACE)
            check(all("free" in place for place in rater.places()), "Backspace takes nothing back")
            rater.press(Keys.ENTER)
            check(rater.find("#count").text == f"2 of {STEPS}", "an unfinished order is accepted")
        keys = ["3", "1", "2"] if step % 2 else ["1", "2", "3"]
        rater.press(*keys)
        check("free" not in " ".join(rater.places()), "the last picture doesn't take the last place")
        said = rater.find("#said").get_attribute("textContent")
        check("All placed" in said, f"a screen reader is told '{said}'")
        if step == 2:
            rater.find(".podium .row button").click()  # Back
            check(rater.find("#count").text == f"2 of {STEPS}", "Back doesn't go back")
            check("picture 3" in rater.places()[0], "Back forgets the order")
            rater.press(Keys.ENTER)
            rater.press(*keys)
        if step == 3:
            rater.press("e")
            check(rater.find("#large").get_property("open"), "E enlarges nothing")
            rater.press(Keys.ARROW_RIGHT)
            check(rater.find("#large p").text == "Picture 2", "an arrow shows no other picture")
            rater.picture(pictures, "large")
            rater.press(Keys.ESCAPE)
            rater.picture(pictures, "ranked")
        if step == 4:
            rater.find("#pause").click()
            rater.find("#resume").click()
        rater.press(Keys.ENTER)
    rater.picture(pictures, "end")
    file = rater.save(code)
    rater.driver.refresh()
    check(rater.find("h1").text == "All done", "a reload after the end begins anew")
    rater.finish()
    return file


def answer_by_dragging(page, code, downloads, pictures):
    """Dark; moves with the mouse and, once placed, with arrow keys."""
    rater = Rater(downloads, dark=True)
    rater.open(page)
    rater.find("#code").send_keys("no code!")
    rater.begin()
    check("letters" in rater.find(".problem").text, "a bad code is accepted")
    rater.find("#code").clear()
    rater.find("#code").send_keys(code)
    rater.begin()
    for step in range(STEPS):
        rater.start_question()
        cards = rater.all(".card .handle")
        if step == 0:
            rater.drag(cards[1], 3)
            rater.drag(cards[0], 3)
            first = rater.places()
            check("picture 1" in first[3] and "picture 2" in first[2], f"no room is made: {first}")
            rater.drag(cards[3], 0)
            rater.picture(pictures, "dark")
            rater.drag(rater.find('[data-place="0"]'), 1)
            check("picture 4" in rater.places()[1], "a place can't be dragged")
            rater.find('[data-place="1"]').send_keys(Keys.ARROW_LEFT)
            check("picture 4" in rater.places()[0], "an arrow doesn't move a place")
        else:
            for place, card in enumerate(cards[:3]):
                rater.drag(card, place)
        rater.find("#next").click()
    file = rater.save(code)
    rater.finish()
    return file


def answer_on_a_phone(page, downloads, pictures):
    """Taps and drags, with a code of the page's own; stops half-way, saves that, and hands the phone on."""
    rater = Rater(downloads, size=(390, 844), touch=True)
    rater.open(page)
    rater.picture(pictures, "phone-welcome")
    rater.begin()
    for step in range(STEPS // 2):
        rater.start_question()
        if step == 0:
            rater.finger(rater.all(".card .handle")[0], 2)
            check("picture 1" in rater.places()[2], f"a finger drags nothing: {rater.places()}")
            rater.picture(pictures, "phone-half-way")
        for card in rater.all(".card:not(.placed) .pick")[: 2 if step == 0 else 3]:
            card.click()
        width = rater.driver.execute_script("return document.documentElement.scrollWidth")
        check(width <= 390, f"a phone's page is {width} pixels wide")
        if step == 0:
            rater.picture(pictures, "phone")
        rater.find("#next").click()
    rater.start_question()
    rater.find("#pause").click()
    code = rater.find(".kicker").text.removeprefix("Code ")
    check(re.fullmatch("[A-Z2-9]{8}", code), f"the page's own code is {code}")
    rater.picture(pictures, "phone-pause")
    file = rater.save(code)
    rater.find("button.link").click()
    check(rater.find("#code").get_attribute("value") == "", "the next rater gets the same code")
    rater.finish()
    return file


# MARK: All of it


@contextlib.contextmanager
def serving(program, page):
    """The address, with its token, at which pbe-serve hands the page to other machines."""
    server = subprocess.Popen(
        [program, "--study", page, "--listen", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    try:
        address = server.stdout.readline().strip()
        check("?token=" in address, f"pbe-serve serves no study: {address}")
        yield address
    finally:
        server.kill()
        server.communicate()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("server", type=Path)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = options.program.resolve()
        methods = known_methods(program)
        page, key = make_study(program, folder, methods)
        text = page.read_text()
        for method in methods:
            check(method not in text, f"the page names {method}")
        check_contrast(text)
        addresses = re.findall(r"""(?:\w+:|["'(])//\w[^"'\s]*""", text)
        check(not addresses, f"the page has addresses: {addresses}")
        downloads = folder / "downloads"
        downloads.mkdir()
        files = [
            answer_with_keys(page, key["raters"][0], downloads, options.pictures),
            answer_by_dragging(page, key["raters"][1], downloads, options.pictures),
        ]
        with serving(options.server.resolve(), page) as address:
            files.append(answer_on_a_phone(address, downloads, options.pictures))
        answers = [json.loads(file.read_text()) for file in files]
        check([a["complete"] for a in answers] == [True, True, False], "complete is wrong")
        check([len(a["rankings"]) for a in answers] == [STEPS, STEPS, STEPS // 2], "answers are lost")
        for each in answers:
            check_orders(text, each)
        output = folder / "analysis"
        told = run(
            program, "study", "analyse", *files, "--study", folder / "study/study.json", "--output",
            output)
        check(f"by 3 raters of {GROUPS} groups" in told, told)
        found = json.loads((output / "analysis.json").read_text())
        counts = sorted(q["counts"]["rankings"] for q in found["questions"].values())
        check(counts == [2 * GROUPS, 3 * GROUPS], f"rankings analysed: {counts}")
        if options.pictures:
            for dark in (False, True):
                reader = Rater(downloads, size=(1180, 2600), dark=dark)
                reader.open(output / "analysis.html")
                reader.picture(options.pictures, "analysis-dark" if dark else "analysis")
                reader.finish()
    print("study page: answered by keys, by dragging and on a phone; analysed")


if __name__ == "__main__":
    sys.exit(main())
