"""The page of `mica serve` in headless Chromium: a digit is drawn, JSON is sent, by mouse and by keyboard alone, in
English and Chinese, on a phone; nothing is refused by the content security policy.

    MICA=build/mica PYTHON tests/interop/test_serve_page.py [FOLDER for screenshots]

PYTHON has tests/interop/requirements-serve.txt; Debian's chromium and chromium-driver."""
import os
import shutil
import subprocess
import sys

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SOURCE = os.environ.get("MICA_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MICA = os.path.abspath(os.environ.get("MICA") or os.path.join(SOURCE, "build/mica"))
tests = []


def test(function):
    tests.append(function)
    return function


def find(where):
    return browser.find_element(By.CSS_SELECTOR, where)


def wait(condition):
    return WebDriverWait(browser, 60).until(lambda _: condition())


def text(where):
    return find(where).text


def shot(name):
    if len(sys.argv) > 1:
        browser.execute_script("window.scrollTo(0, 0)")
        browser.save_screenshot(os.path.join(sys.argv[1], name + ".png"))


def choose(way):
    for label in browser.find_elements(By.CSS_SELECTOR, "#ways label"):
        if label.text.strip() == way:
            label.click()
            return
    raise AssertionError((way, text("#ways")))


def bars():
    return [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#answer ol.bars li")]


@test
def models_and_figures_are_shown():
    browser.get(url + "/")
    wait(lambda: "mnist" in text("#models"))
    wait(lambda: "Draw" in text("#ways"))
    assert "ready" in text("#models")
    assert find("#charts").find_elements(By.CSS_SELECTOR, "svg, canvas")


@test
def a_drawn_digit_is_read():
    browser.execute_script("document.querySelector('#input canvas').scrollIntoView({block: 'center'})")
    canvas = find("#input canvas")
    step = canvas.size["width"] // 20
    pen = ActionChains(browser).move_to_element_with_offset(canvas, -5 * step, -6 * step).click_and_hold()
    for _ in range(10):  # a seven
        pen.move_by_offset(step, 0)
    for _ in range(12):
        pen.move_by_offset(-step // 2, step)
    pen.release().perform()
    find("#send").click()
    wait(lambda: len(bars()) == 10)
    assert "%" in text("#answer")
    shot("page_en")
    find("#clear").click()


@test
def what_is_wrong_is_said():
    find("#send").click()  # nothing is drawn
    wait(lambda: text("#answer") and not bars())


@test
def json_is_sent_by_the_keyboard_alone():
    choose("JSON")
    area = wait(lambda: find("#input textarea"))
    assert "input_layer" in area.get_attribute("value")
    area.send_keys(Keys.TAB)
    for _ in range(8):
        if browser.switch_to.active_element.get_attribute("id") == "send":
            break
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait(lambda: len(bars()) == 10)


@test
def chinese_on_a_phone():
    find("#language").click()
    browser.set_window_size(420, 900)
    wait(lambda: "模型" in text("#models-head"))
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang").startswith("zh")
    wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    shot("page_zh")


@test
def everything_has_a_label_and_nothing_was_refused():
    unnamed = browser.execute_script("""return [...document.querySelectorAll('input, select, textarea, button, canvas')]
        .filter(e => e.offsetParent && !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')
            || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML.slice(0, 80))""")
    assert not unnamed, unnamed
    said = [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
    assert not said, said


def main():
    global browser, url
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,1100", "--lang=en-US"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    server = subprocess.Popen([MICA, "serve", "--port", "0", f"mnist={SOURCE}/data/mnist/mnist_model.h5"], stderr=subprocess.PIPE, text=True)
    failed = 0
    try:
        url = next(line for line in server.stderr if "answers" in line).split()[1]
        browser = webdriver.Chrome(service=webdriver.ChromeService(shutil.which("chromedriver")), options=options)
        for one in tests:
            try:
                one()
                print("ok  ", one.__name__)
            except Exception as e:  # every test is told
                failed += 1
                print("FAILED", one.__name__, repr(e)[:2000])
        browser.quit()
    finally:
        server.terminate()
        server.wait()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
