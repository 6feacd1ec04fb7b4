"""Paints on the page as people do, in Chromium, with the shipped model.

  apt-get install chromium chromium-driver
  pip install selenium==4.51.0 && pip install --no-deps axe-playwright-python==0.1.8
  python Tests/Browser/page.py PBE-SERVE PBE-SAMPLE [--screenshots docs/page] [--only NAME]

`make test-page` does all of it. Of axe-playwright-python only the file axe.min.js is used.
`--address URL` asks a server that runs already.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import page_drawing
import page_keeping
import page_looks
import page_painting
from page_pictures import draw_the_page
from page_start import MASK, ROOT, ready_to_paint
from painter import Failure, Painter, check

PROMISES = [
    page_looks.files_are_served,
    page_looks.empty_page_explains_itself,
    page_drawing.pictures_come_in_by_every_way,
    page_drawing.masks_are_drawn,
    page_drawing.masks_come_and_go_as_files,
    page_drawing.keys_alone_can_draw,
    page_drawing.the_view_zooms_and_moves,
    page_drawing.small_masks_are_warned_of,
    page_drawing.turned_photographs_are_upright,
    page_drawing.strangers_files_do_no_harm,
    page_painting.painting_shows_progress_and_stops,
    page_painting.results_are_those_of_pbe_sample,
    page_painting.results_are_compared_and_used,
    page_painting.similarities_stand_side_by_side,
    page_painting.several_pictures_have_a_seed_each,
    page_painting.presets_keep_settings,
    page_painting.settings_come_back_from_a_picture,
    page_painting.batches_go_through_the_queue,
    page_keeping.reloads_lose_nothing,
    page_keeping.two_tabs_do_not_paint_the_same,
    page_keeping.a_full_browser_paints_all_the_same,
    page_looks.focus_is_seen_everywhere,
    page_looks.fingers_draw_and_pinch,
    page_looks.no_window_is_too_small,
    page_looks.nothing_moves_for_who_wants_it_still,
    page_looks.colours_follow_the_system_or_the_user,
    page_keeping.a_closed_window_cancels_its_job,
]


@contextmanager
def serving(program, port=0, end="terminate", models=("Examples/scenes",)):
    log = tempfile.TemporaryFile("w+")
    server = subprocess.Popen(
        [program, *(f"--model={model}" for model in models), "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=ROOT,
    )
    try:
        address = server.stdout.readline().strip()
        log.seek(0)
        check(address.startswith("http://"), f"pbe-serve does not start: {address} {log.read()}")
        yield address
    finally:
        getattr(server, end)()
        server.wait(10)


def a_restarted_server_paints_what_it_lost(program, downloads):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(program, port, "kill") as address:
        page = Painter(address, downloads)
        ready_to_paint(page)
        page.choose("#mask-in", MASK)
        page.settings(sampler="plms", steps=100, seed=6)
        page.click("#run")
        page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run does not begin")
    try:
        page.wait(lambda: "lost" in page.text("#progress-detail"), "a lost connection is not told")
        with serving(program, port):
            page.wait(
                lambda: len(page.results()) == 1 and page.painted(),
                "it is not painted after all",
                40,
            )
    finally:
        page.finish()


def a_distilled_model_takes_few_steps(program, downloads):
    models = ["Examples/scenes", "few=Examples/scenes-few-steps"]
    with serving(program, models=models) as address:
        page = Painter(address, downloads)
        try:
            _few_steps_come_and_go_with_their_model(page)
        finally:
            page.finish()


def _few_steps_come_and_go_with_their_model(page):
    def shown():
        return [page.script(f"return document.querySelector('{field}').value") for field in
                ("#sampler", "#steps-number", "#scale-number")]  # fmt: skip

    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    check(shown() == ["dpm++", "50", "5"], f"a model of many steps begins with {shown()}")
    page.settings(sampler="dpm++", steps=20)
    page.set("#model", "few")
    check(shown() == ["lcm", "4", "1"], f"a distilled model begins with {shown()}")
    page.run()
    page.settings(steps=2)
    page.reload()
    check(shown() == ["lcm", "2", "1"], f"reloading turns two steps into {shown()}")
    page.set("#model", "scenes")
    check(shown() == ["dpm++", "50", "5"], f"a model of many steps is given {shown()}")


def keep(promise, address, downloads, sample):
    is_phone = promise is page_looks.fingers_draw_and_pinch
    page = Painter(address, downloads, size=(390, 844) if is_phone else (1280, 820), touch=is_phone)
    try:
        if promise is page_painting.results_are_those_of_pbe_sample:
            promise(page, sample)
        else:
            promise(page)
        page.check_complaints()
    except Failure:
        page.driver.save_screenshot(str(Path(tempfile.gettempdir()) / "page-failure.png"))
        raise
    finally:
        page.finish()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("serve", type=lambda path: Path(path).resolve())
    parser.add_argument("sample", type=lambda path: Path(path).resolve())
    parser.add_argument(
        "--address", help="of a server that runs already and is not to be restarted"
    )
    parser.add_argument("--only", help="one of the promises")
    parser.add_argument(
        "--screenshots",
        type=Path,
        help="write the documentation's pictures here, and check nothing",
    )
    options = parser.parse_args()
    started = serving(options.serve) if options.address is None else nullcontext(options.address)
    with tempfile.TemporaryDirectory() as name, started as address:
        downloads = Path(name)
        if options.screenshots:
            draw_the_page(address, downloads, options.screenshots)
            return
        kept = [partial(keep, each, address, downloads, options.sample) for each in PROMISES]
        runs = dict(zip([each.__name__ for each in PROMISES], kept))
        if options.address is None:
            for own_server in (a_restarted_server_paints_what_it_lost, a_distilled_model_takes_few_steps):
                runs[own_server.__name__] = partial(own_server, options.serve, downloads)
        for promise, run in runs.items():
            if options.only in (None, promise):
                start = time.monotonic()
                run()
                seconds = time.monotonic() - start
                print(f"{promise.replace('_', ' ')}  {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
