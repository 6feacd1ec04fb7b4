"""Debian's Chromium without a screen, for the tests of our pages."""

import shutil

from selenium import webdriver


def window(downloads, size=(1280, 860), dark=False, touch=False, still=False):
    """A browser of its own. `dark`: what the system prefers; `touch`: a phone; `still`: no motion."""
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]:
        options.add_argument(argument)
    options.add_argument(f"--window-size={size[0]},{size[1]}")
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Both from the system: Selenium would look for others on the network.
    options.binary_location = shutil.which("chromium")
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": touch},
    )
    if touch:
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    prefer(driver, dark, still)
    return driver


def prefer(driver, dark=False, still=False):
    features = [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def complaints(driver):
    """What the browser warned of since it was last asked."""
    return [e for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
