# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium without a screen, with a fresh profile, driven through a chromedriver of its own.

    with Chromium(tmp_path / "chromium") as browser:
        browser.driver.get(...)

scripting=False switches JavaScript off as a person would in the browser's settings; language is what the browser asks
pages for; any_certificate accepts a certificate that nobody vouches for.
"""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection

from harness.processes import die_with_parent

DRIVER = os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")
BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
START_DEADLINE = 60.0
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-features=Translate,PasswordManager",
    "--hide-scrollbars", "--remote-debugging-pipe",
]
OF_THE_BROWSER = ("chrome:", "data:", "about:", "devtools:", "chrome-extension:", "blob:")


class Chromium:
    def __init__(self, folder, scripting=True, language="en", any_certificate=False):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.scripting, self.language, self.any_certificate = scripting, language, any_certificate
        self.process = self.driver = None

    def __enter__(self):
        log = self.folder / "chromedriver.log"
        with open(log, "wb") as output:
            self.process = subprocess.Popen([DRIVER, "--port=0"], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            preexec_fn=die_with_parent)
        try:
            connection = ChromiumRemoteConnection(f"http://127.0.0.1:{self._port(log)}", vendor_prefix="goog",
                                                  browser_name="chrome", keep_alive=True)
            self.driver = webdriver.Remote(connection, options=self._options())
            self.driver.set_page_load_timeout(60)
            return self
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.driver is not None:
            with contextlib.suppress(WebDriverException, OSError):
                self.driver.quit()
            self.driver = None
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def _port(self, log):
        deadline = time.monotonic() + START_DEADLINE
        while True:
            found = re.search(r"successfully on port (\d+)\.", log.read_text(errors="replace"))
            if found:
                return int(found.group(1))
            assert self.process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.02)

    def _options(self):
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for flag in [*FLAGS, f"--user-data-dir={self.folder / 'profile'}", f"--accept-lang={self.language}"]:
            options.add_argument(flag)
        if not self.scripting:
            options.add_experimental_option("prefs", {"profile.default_content_setting_values.javascript": 2})
        options.set_capability("acceptInsecureCerts", self.any_certificate)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        return options

    # ---- what only the browser itself can do or knows

    def command(self, name, **parameters):
        return self.driver.execute("executeCdpCommand", {"cmd": name, "params": parameters})["value"]

    def size(self, width, height, scale=1):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                     mobile=width < 600)

    def scheme(self, scheme):
        """light or dark; without motion, so that nothing is looked at half way."""
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                             {"name": "prefers-reduced-motion", "value": "reduce"}])

    def forget_everything(self):
        """As another browser that has never been here."""
        self.command("Network.clearBrowserCookies")
        self.command("Network.clearBrowserCache")

    def cookies(self):
        return {cookie["name"]: cookie for cookie in self.command("Network.getAllCookies")["cookies"]}

    def complaints(self):
        """What stands in the console since the last call, but for the status of pages: those that say what is wrong have one
        over 400, which the console notes in red."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if not (entry["source"] == "network" and "the server responded with a status of 4" in entry["message"])]

    def requests(self):
        """The addresses of all that has been asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(OF_THE_BROWSER)]
