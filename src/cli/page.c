/* Pages of reports: see page.h. */
#include "cli/page.h"

#include <math.h>
#include <stdio.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#222;--soft:#666;--back:#fff;--line:#ddd;--bar:#f4f4f6}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ddd;--soft:#999;--back:#1b1b1f;--line:#3a3a40;"
    "--bar:#26262b}}"
    "body{font:15px/1.5 system-ui,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft "
    "YaHei',sans-serif;color:var(--ink);background:var(--back);max-width:1080px;margin:2em auto;"
    "padding:0 1em}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin:2em 0 .6em}"
    ".wide{overflow-x:auto}.wide svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-size:.87em;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25em .55em;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:top;overflow-wrap:break-word;max-width:24em}"
    "th{font-weight:600;background:var(--bar);white-space:nowrap}td.n,th.n{text-align:right;"
    "white-space:nowrap}"
    "pre{font:13px/1.35 ui-monospace,'Noto Sans "
    "Mono',monospace;overflow-x:auto;background:var(--bar);"
    "padding:.8em}.soft{color:var(--soft)}";

/* ---- tables ---- */

void page_section(page *p, const char *title) {
    strbuf_add(p->out, "<h2>");
    xml_add(p->out, title);
    strbuf_add(p->out, "</h2>\n<div class=\"wide\">\n");
}
void page_section_end(page *p) { strbuf_add(p->out, "</div>\n"); }

void page_cell(page *p, const char *tag, bool number, const char *text) {
    strbuf_add(p->out, number ? "<%s class=\"n\">" : "<%s>", tag);
    xml_add(p->out, text);
    strbuf_add(p->out, "</%s>", tag);
}

void page_number(page *p, const char *format, double value) {
    char text[48];
    snprintf(text, sizeof text, format, value);
    page_cell(p, "td", true, isfinite(value) ? text : "–");
}

void page_pair(void *user, const char *name, const char *value) {
    page *p = user;
    strbuf_add(p->out, "<tr>");
    page_cell(p, "th", false, name);
    page_cell(p, "td", false, value);
    strbuf_add(p->out, "</tr>\n");
}

void page_begin(page *p, const char *title, const char *head) {
    strbuf_add(p->out,
               "<!DOCTYPE html>\n<html lang=\"%s\">\n<meta charset=\"utf-8\">\n<meta "
               "name=\"viewport\" content=\"width=device-width\">\n<title>",
               p->l == CHINESE ? "zh-CN" : "en");
    xml_add(p->out, title);
    strbuf_add(p->out, "</title>\n<style>%s</style>\n<h1>", style);
    xml_add(p->out, head);
    strbuf_add(p->out, "</h1>\n");
}

void page_end(page *p) { strbuf_add(p->out, "</html>\n"); }
