"""The page of `mica serve` in headless Chromium: a digit is drawn, JSON is sent, by mouse and by keyboard alone, a row of
a table with dates is filled in, in English and Chinese, on a phone; nothing is refused by the content security policy.

    MICA=build/mica PYTHON tests/interop/test_serve_page.py [FOLDER for screenshots]

PYTHON has tests/interop/requirements-serve.txt; Debian's chromium and chromium-driver."""
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request
import wave

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


def open_model(name):
    for option in find("#model").find_elements(By.TAG_NAME, "option"):
        if option.text == name:
            option.click()
    wait(lambda: find("#model").get_attribute("value").startswith(name) and
         any(label.text.strip() in ("A row", "Draw", "Sound") for label in browser.find_elements(By.CSS_SELECTOR, "#ways label")))
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, {"trips": ".fields", "mnist": "#input canvas", "tones": "#file"}[name]))


def bars():
    return [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#answer ol.bars li")]


@test
def models_and_figures_are_shown():
    browser.get(url + "/")
    wait(lambda: "mnist" in text("#models"))
    wait(lambda: "Draw" in text("#ways"))
    assert "ready" in text("#models")
    assert find("#charts").find_elements(By.CSS_SELECTOR, "svg, canvas")
    cells = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, "#models td")]
    assert cells.count("–") == 6, ("no latency where nothing was asked", cells)


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
def a_digit_is_drawn_by_the_keyboard_alone():
    browser.execute_script("document.querySelector('#ways input').focus()")
    for _ in range(8):
        if browser.switch_to.active_element.get_attribute("class") == "drawing":
            break
        browser.switch_to.active_element.send_keys(Keys.TAB)
    canvas = browser.switch_to.active_element
    assert canvas.get_attribute("class") == "drawing" and canvas.accessible_name, canvas.get_attribute("outerHTML")
    canvas.send_keys(Keys.ARROW_UP * 2)
    assert "pen up" in text("#input")
    canvas.send_keys(" ")
    assert "pen down" in text("#input")
    canvas.send_keys(Keys.ARROW_DOWN * 16)  # a one
    canvas.send_keys(" ")
    assert "pen up" in text("#input") and "14, 21" in text("#input"), text("#input")
    canvas.send_keys(Keys.ARROW_LEFT * 3 + Keys.TAB)
    for _ in range(4):
        if browser.switch_to.active_element.get_attribute("id") == "send":
            break
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait(lambda: len(bars()) == 10)
    assert bars()[0].startswith("1"), bars()
    find("#clear").click()


@test
def what_is_wrong_is_said():
    find("#send").click()  # nothing is drawn
    wait(lambda: text("#answer") and not bars())


def values(where):
    return [field.get_attribute("value") for field in browser.find_elements(By.CSS_SELECTOR, where)]


@test
def a_row_has_the_columns_of_the_table():
    open_model("trips")
    labels = [label.text for label in browser.find_elements(By.CSS_SELECTOR, ".fields label")]
    assert labels == ["city", "km", "leaves"], ("a date for its part, nothing for the column that was left out", labels)
    assert find("#column-2").get_attribute("type") == "date"
    wait(lambda: find("#send").is_enabled())
    find("#send").click()  # as the fields are when the form is opened
    wait(lambda: len(bars()) == 2)
    shot("page_row")
    browser.execute_script("""const [day, time] = document.querySelectorAll("input[type=date], input[type=time]");
        day.value = "2024-03-09"; time.value = "17:30";""")
    find("#column-1").clear()
    find("#column-1").send_keys("12.5")
    find("#send").click()
    wait(lambda: "asking" not in text("#answer") and bars())
    find("#answer + details summary").click()
    shown = json.loads(text("#answer + details pre"))["predictions"][0]["top"]
    row = [{"city": values("#column-0")[0], "km": 12.5, "leaves": "2024-03-09 17:30"}]
    request = urllib.request.Request(url + "/v2/models/trips/rows?top=10", json.dumps(row).encode())
    with urllib.request.urlopen(request) as reply:
        assert json.loads(reply.read())["predictions"][0]["top"] == shown
    find("#column-1").send_keys("x")
    find("#send").click()
    wait(lambda: "km" in text("#answer") and not bars())
    assert find("#column-1").get_attribute("aria-invalid") == "true"


@test
def a_sound_is_heard():
    open_model("tones")
    find("#send").click()
    wait(lambda: "Choose a sound first" in text("#answer"))
    find("#file").send_keys(os.path.join(folder, "tones", "high", "0.wav"))
    wait(lambda: find("#input canvas").is_displayed())
    find("#send").click()
    wait(lambda: len(bars()) == 2)
    shot("page_sound")
    open_model("trips")


@test
def the_other_language_keeps_what_was_filled_in():
    find("#column-1").clear()
    find("#column-1").send_keys("77")
    before = values(".fields input")
    find("#language").click()
    assert values(".fields input") == before and "77" in before
    assert "时间" in find("input[type=time]").get_attribute("aria-label")
    assert "一行数据" in text("#ways")
    find("#language").click()
    open_model("mnist")
    canvas = wait(lambda: find("#input canvas"))
    ActionChains(browser).move_to_element(canvas).click_and_hold().move_by_offset(40, 30).release().perform()
    ink = "return document.querySelector('#input canvas').toDataURL()"
    drawn = browser.execute_script(ink)
    find("#language").click()
    assert browser.execute_script(ink) == drawn
    assert find("#input canvas").accessible_name.startswith("绘图区。用鼠标"), find("#input canvas").accessible_name
    find("#send").click()
    wait(lambda: len(bars()) == 10)
    find("#language").click()
    find("#clear").click()
    assert browser.execute_script(ink) != drawn


@test
def a_key_is_asked_for():
    with tempfile.TemporaryDirectory() as folder:
        keys = os.path.join(folder, "keys.json")
        made = subprocess.run([MICA, "key", "create", "shop", "--role", "predict", "--keys", keys, "--json"], check=True, capture_output=True, text=True)
        with Served("--keys", keys, f"mnist={SOURCE}/data/mnist/mnist_model.h5") as closed:
            browser.get(closed + "/")
            wait(lambda: "asks for a key" in text("#connection"))
            assert "Models are shown once a key is given" in text("#models"), text("#models")
            shot("page_key")
            find("#key").send_keys(json.loads(made.stdout)["key"])
            find("#key-form button").click()
            wait(lambda: "ready" in text("#models"))
            find("#access summary").click()
            find("#forget").click()
            wait(lambda: "Models are shown once a key is given" in text("#models"))
            browser.get_log("browser")  # the refusals are what was asked for
    browser.get(url + "/")
    wait(lambda: "Draw" in text("#ways"))


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


# Every text that is shown with the colour behind it, as WCAG 2.1 counts contrast (1.4.3).
CONTRAST = """
const part = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const colour = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
const light = ([r, g, b]) => 0.2126 * part(r / 255) + 0.7152 * part(g / 255) + 0.0722 * part(b / 255);
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = colour(getComputedStyle(e).backgroundColor);
    if (c[3] === 1) return c;
    if (c[3] > 0) throw new Error("half of a colour");
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
};
const pairs = {};
for (const e of document.querySelectorAll("body *")) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || e.value;
  if (!own || !e.checkVisibility() || e.disabled || e.tagName === "OPTION") continue;
  const style = getComputedStyle(e), ink = colour(e instanceof SVGElement ? style.fill : style.color), back = behind(e);
  const [low, high] = [light(ink), light(back)].sort((a, b) => a - b);
  pairs[`${ink} on ${back} (${e.tagName} ${e.className.baseVal ?? e.className})`] = (high + 0.05) / (low + 0.05);
}
return pairs;
"""


def check_contrast(where):
    for scheme in ("light", "dark"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        pairs = browser.execute_script(CONTRAST)
        assert len(pairs) > 15, (where, scheme, pairs)
        low = {pair: round(ratio, 2) for pair, ratio in pairs.items() if ratio < 4.5}
        assert not low, (where, scheme, low)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    shot(f"page_dark_{where}")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@test
def every_text_can_be_read_in_light_and_dark():
    check_contrast("answer")
    find("#access summary").click()
    check_contrast("key")
    find("#access summary").click()
    choose("Draw")
    find("#clear").click()
    find("#send").click()  # nothing is drawn
    wait(lambda: text("#answer") and not bars())
    check_contrast("refusal")
    choose("Picture")
    check_contrast("picture")
    find("#pause").click()
    check_contrast("paused")
    find("#pause").click()


def too_wide():
    return browser.execute_script("""
        const wide = document.documentElement.clientWidth;
        return [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest(".skip, .wide, pre") &&
            e.getBoundingClientRect().right > wide + 0.5).map((e) => e.outerHTML.slice(0, 80))
            .concat(document.documentElement.scrollWidth > wide ? ["the page"] : [])""")


@test
def nothing_is_too_wide_for_a_phone():
    for width in (360, 420):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 2, "mobile": True})
        for language in ("en", "zh"):
            for way in browser.find_elements(By.CSS_SELECTOR, "#ways label"):
                way.click()
                assert not too_wide(), (width, language, way.text, too_wide())
            find("#access summary").click()
            assert not too_wide(), (width, language, "key", too_wide())
            find("#access summary").click()
            shot(f"page_phone_{width}_{language}")
            find("#language").click()
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@test
def chinese_on_a_phone():
    find("#language").click()
    browser.set_window_size(420, 900)
    wait(lambda: "模型" in text("#models-head"))
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang").startswith("zh")
    assert not too_wide(), too_wide()
    shot("page_zh")


@test
def a_screen_reader_has_a_name_for_all_that_can_be_used():
    named = {"button", "textbox", "combobox", "radio", "link", "image", "img", "application", "region", "checkbox", "DisclosureTriangle", "group", "table"}
    browser.execute_cdp_cmd("Accessibility.enable", {})
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    used = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored") and "role" in n]
    roles = {role for role, _ in used}
    assert {"button", "combobox", "radio", "region"} <= roles, roles
    unnamed = [role for role, name in used if role in named - {"table", "group"} and not name.strip()]
    assert not unnamed, (unnamed, used)


@test
def everything_has_a_label_and_nothing_was_refused():
    unnamed = browser.execute_script("""return [...document.querySelectorAll('input, select, textarea, button, canvas')]
        .filter(e => e.offsetParent && !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')
            || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML.slice(0, 80))""")
    assert not unnamed, unnamed
    said = [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
    assert not said, said


class Served:
    """with Served("name=model.h5") as url"""

    def __init__(self, *arguments):
        self.server = subprocess.Popen([MICA, "serve", "--port", "0", *arguments], stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return next(line for line in self.server.stderr if "answers" in line).split()[1]

    def __exit__(self, *unused):
        self.server.terminate()
        self.server.wait()


def make_models(folder):
    """Of a table with a date, of whose parts one alone is used, and a column that is left out."""
    with open(os.path.join(folder, "trips.csv"), "w", encoding="utf-8") as f:
        f.write("ticket,city,km,leaves,late\n")
        for i in range(120):
            f.write(f"T{i:04},{['Linz', 'Graz', 'Wien'][i % 3]},{i % 50 + 0.5},2024-03-{i % 28 + 1:02} {i % 24:02}:30,{'yes' if i % 24 > 12 else 'no'}\n")
    with open(os.path.join(folder, "trips.json"), "w", encoding="utf-8") as f:
        json.dump({"model": {"features": {"city": "string_categorical", "km": "float_normalized", "leaves.hour": "integer_categorical"},
                             "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
                   "data": {"train": "trips.csv", "preprocessing": {"target": "late"}}, "seed": 1, "output": "trips.h5",
                   "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 3}}, f)
    for pitch, tone in (("low", 200), ("high", 900)):
        os.makedirs(os.path.join(folder, "tones", pitch))
        for i in range(6):
            with wave.open(os.path.join(folder, "tones", pitch, f"{i}.wav"), "wb") as f:
                f.setnchannels(1), f.setsampwidth(2), f.setframerate(8000)
                f.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * (tone + 9 * i) * t / 8000))) for t in range(1000)))
    with open(os.path.join(folder, "tones.json"), "w", encoding="utf-8") as f:
        json.dump({"model": {"input": [1000, 1], "layers": [{"Conv1D": {"filters": 4, "kernel_size": 9, "strides": 2, "activation": "relu"}},
                                                            "GlobalAveragePooling1D", {"Dense": {"units": 2, "activation": "softmax"}}]},
                   "data": {"train": "tones"}, "seed": 1, "output": "tones.h5",
                   "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 2}}, f)
    for name in ("trips", "tones"):
        subprocess.run([MICA, "train", f"{name}.json", "--quiet"], cwd=folder, check=True)
    return [os.path.join(folder, "trips.h5"), os.path.join(folder, "tones.h5")]


def run_tests():
    failed = 0
    for one in tests:
        try:
            one()
            print("ok  ", one.__name__)
        except Exception as e:  # every test is told
            failed += 1
            print("FAILED", one.__name__, repr(e)[:2000])
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed


def main():
    global browser, folder, url
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,1100", "--lang=en-US"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory() as folder, Served(f"mnist={SOURCE}/data/mnist/mnist_model.h5", *make_models(folder)) as url:
        browser = webdriver.Chrome(service=webdriver.ChromeService(shutil.which("chromedriver")), options=options)
        failed = run_tests()
        browser.quit()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
