// Every word of the page, in English and Chinese. An element with data-word="x" shows word x.
const words = {
  en: {
    skip: "Skip to the try-it form", tagline: "model server", key: "API key",
    key_label: "Key or token; kept until this tab is closed", use: "Use", forget: "Forget",
    models: "Models", name: "Name", version: "Version", default_version: "default", state: "State", rate: "Requests/s",
    queue: "Queue", requests: "Requests", errors: "Errors", live: "Live", of: "of",
    all_models: "all models", pause: "Pause", resume: "Resume", try: "Try it", model: "Model",
    way: "What to send", predict: "Predict", clear: "Clear", answer: "Answer",
    nothing_yet: "Nothing was asked yet.", openapi: "Description of the interface (OpenAPI)",
    ready: "ready", not_ready: "not ready", no_models: "No model is served.",
    key_first: "Models are shown once a key is given.",
    connected: "connected", connecting: "connecting …", lost: "The server does not answer.",
    paused: "paused", want_key: "The server asks for a key: type it in above.",
    may_not: "This key may not read the figures of the models.",
    throughput: "Throughput", throughput_unit: "requests/s", latency: "Latency",
    error_rate: "Errors", error_unit: "errors/s", queue_unit: "waiting",
    chart: "{0}: now {1}, highest {2} in the last {3}", now: "now", minutes: "{0} min",
    draw: "Draw", picture: "Picture", sound: "Sound", row: "A row", json: "JSON",
    draw_help: "Draw with mouse, pen or finger. With the keyboard: arrow keys move the pen, the space bar lowers and lifts it.",
    canvas: "Drawing area. {draw_help}", pen_down: "pen down · {0}, {1}", pen_up: "pen up · {0}, {1}", seen: "as the model sees it",
    choose: "Choose a picture, or drop it here", chosen: "Chosen: {0}",
    choose_sound: "Choose a sound (WAV, FLAC), or drop it here", no_sound: "Choose a sound first.",
    no_picture: "Choose a picture first.", no_drawing: "Draw something first.",
    json_label: "Body of POST {0}", not_json: "This is not JSON: {0}",
    not_number: "{0}: a number is wanted, “{1}” is none", missing: "missing", missing_cell: "(missing)",
    not_date: "{0}: this is no date", time_of: "{0}, time of the day",
    asking: "asking …", took: "{0} in all, network included", raw: "Answer of the server",
    best: "{0} ({1})", row_of: "row {0}",
    takes: "takes {0}; gives {1}",
  },
  zh: {
    skip: "跳到试用表单", tagline: "模型服务", key: "API 密钥",
    key_label: "密钥或令牌；关闭此标签页后不再保留", use: "使用", forget: "清除",
    models: "模型", name: "名称", version: "版本", default_version: "默认", state: "状态", rate: "请求/秒",
    queue: "队列", requests: "请求数", errors: "错误数", live: "实时", of: "显示",
    all_models: "所有模型", pause: "暂停", resume: "继续", try: "试用", model: "模型",
    way: "发送内容", predict: "预测", clear: "清空", answer: "结果",
    nothing_yet: "尚未提问。", openapi: "接口说明（OpenAPI）",
    ready: "就绪", not_ready: "未就绪", no_models: "没有正在服务的模型。",
    key_first: "输入密钥后才会显示模型。",
    connected: "已连接", connecting: "正在连接…", lost: "服务器没有应答。",
    paused: "已暂停", want_key: "服务器要求密钥：请在上方输入。",
    may_not: "此密钥无权读取模型的统计数据。",
    throughput: "吞吐量", throughput_unit: "请求/秒", latency: "延迟",
    error_rate: "错误", error_unit: "错误/秒", queue_unit: "个等待",
    chart: "{0}：当前 {1}，最近 {3} 内最高 {2}", now: "现在", minutes: "{0} 分钟",
    draw: "手绘", picture: "图片", sound: "声音", row: "一行数据", json: "JSON",
    draw_help: "用鼠标、手写笔或手指绘制。键盘操作：方向键移动画笔，空格键落笔或提笔。",
    canvas: "绘图区。{draw_help}", pen_down: "落笔 · {0}, {1}", pen_up: "提笔 · {0}, {1}", seen: "模型看到的图像",
    choose: "选择一张图片，或拖放到此处", chosen: "已选择：{0}",
    choose_sound: "选择一段声音（WAV、FLAC），或拖放到此处", no_sound: "请先选择一段声音。",
    no_picture: "请先选择一张图片。", no_drawing: "请先画点什么。",
    json_label: "POST {0} 的正文", not_json: "不是有效的 JSON：{0}",
    not_number: "{0}：需要数字，“{1}” 不是数字", missing: "缺失", missing_cell: "（缺失）",
    not_date: "{0}：这不是日期", time_of: "{0}，时间",
    asking: "正在请求…", took: "总计 {0}（含网络）", raw: "服务器的原始应答",
    best: "{0}（{1}）", row_of: "第 {0} 行",
    takes: "输入 {0}；输出 {1}",
  },
};

const chosen = localStorage.getItem("mica.language");
let language = chosen ?? (navigator.languages.find((l) => /^(zh|en)/i.test(l)) ?? "en")
  .slice(0, 2).toLowerCase();
if (!(language in words)) language = "en";

// {0} is the first of the values, {draw_help} another word.
export function say(name, ...values) {
  return words[language][name].replace(/\{(\w+)\}/g, (_, i) => values[i] ?? say(i));
}

export const locale = () => (language === "zh" ? "zh-CN" : "en");

// Makes a word the element's text, or an attribute of it, in whichever language is chosen from now
// on; "" takes it away.
export function word(element, name, values = [], attribute = "") {
  element.words = { ...element.words, [attribute]: [name, values] };
  element.dataset.worded = "";
  show(element);
  return element;
}

function show(element) {
  for (const [attribute, [name, values]] of Object.entries(element.words)) {
    const text = name === "" ? "" : say(name, ...values);
    if (attribute === "") element.textContent = text;
    else element.setAttribute(attribute, text);
  }
}

export function translate() {
  for (const element of document.querySelectorAll("[data-word]"))
    element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-worded]")) show(element);
  document.documentElement.lang = locale();
}

export function otherLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("mica.language", language);
}

// The switch is labelled in the language to which it leads.
export function labelSwitch(button) {
  button.textContent = language === "zh" ? "English" : "中文";
  button.lang = language === "zh" ? "en" : "zh-CN";
}

export const number = (value, digits = 3) =>
  new Intl.NumberFormat(locale(), { maximumSignificantDigits: digits }).format(value);
export const whole = (value) => new Intl.NumberFormat(locale()).format(value);
export const percent = (value) => new Intl.NumberFormat(locale(), {
  style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
export function duration(us) {
  if (us == null || !isFinite(us)) return "–";
  if (us < 1000) return `${number(us)} µs`;
  return us < 1e6 ? `${number(us / 1000)} ms` : `${number(us / 1e6)} s`;
}
