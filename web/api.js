// What the page asks of the server that it came from.
const STORE = "mica.key";

export const key = () => sessionStorage.getItem(STORE) ?? "";
export function setKey(value) {
  if (value) sessionStorage.setItem(STORE, value);
  else sessionStorage.removeItem(STORE);
}

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// The reply as JSON; whatever is not 2xx is thrown as Refused, with the server's own words.
export async function call(path, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (key()) headers.Authorization = `Bearer ${key()}`;
  const reply = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  const text = await reply.text();
  let body = null;
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    if (reply.ok) throw new Refused(reply.status, `${path}: ${text.slice(0, 200)}`);
  }
  if (!reply.ok) throw new Refused(reply.status, body?.error ?? `HTTP ${reply.status}`);
  return body;
}

export const post = (path, body, type = "application/json") =>
  call(path, { method: "POST", body, headers: { "Content-Type": type } });

// Of a model: `versioned` where more than one version is live, else the default is asked.
export const v2 = (m, rest = "") => `/v2/models/${encodeURIComponent(m.name)}` +
  (m.versioned ? `/versions/${encodeURIComponent(m.version)}` : "") + rest;
export const stats = () => call("/v2/stats");
export const metadata = (m) => call(v2(m));
// Older models have no card.
export const card = (m) => call(v2(m, "/card")).catch((e) => {
  if (e.code === 404) return {};
  throw e;
});
