/* The page for people, at /: the files of web/, which the build turned into arrays. They are read
 * without a key, for they say nothing; what they ask the server for needs one. */
#include "serve/route.h"
#include "serve/web_files.h"

/* A file of web/ at a path. The browser asks again each time, so that a newer server shows its own
 * page at once. */
#define PAGE_FILE(name, path, file, kind, what)                                                    \
    static mica_status answer_##name(exchange *x, mica_error *err) {                               \
        x->static_body = (const char *)file;                                                       \
        x->static_length = sizeof file;                                                            \
        x->type = kind;                                                                            \
        x->allow_cache = "no-cache";                                                               \
        return MICA_OK;                                                                            \
    }                                                                                              \
    const route route_##name = {.method = "GET",                                                   \
                                .pattern = path,                                                   \
                                .action = ACTION_OPEN,                                             \
                                .summary = what,                                                   \
                                .tag = "page",                                                     \
                                .answer = answer_##name}

#define JS "text/javascript; charset=utf-8"

PAGE_FILE(page, "/", file_index_html, "text/html; charset=utf-8", "the page for people");
PAGE_FILE(page_style, "/app.css", file_app_css, "text/css; charset=utf-8", "the page's style");
PAGE_FILE(page_icon, "/icon.svg", file_icon_svg, "image/svg+xml", "the page's icon");
PAGE_FILE(page_app, "/app.js", file_app_js, JS, "the page's program");
PAGE_FILE(page_api, "/api.js", file_api_js, JS, "what the page asks for");
PAGE_FILE(page_answer, "/answer.js", file_answer_js, JS, "how the page shows answers");
PAGE_FILE(page_charts, "/charts.js", file_charts_js, JS, "the page's plots");
PAGE_FILE(page_draw, "/draw.js", file_draw_js, JS, "the page's drawing area");
PAGE_FILE(page_form, "/form.js", file_form_js, JS, "what the page's forms are made of");
PAGE_FILE(page_row, "/row.js", file_row_js, JS, "the page's form for a row of a table");
PAGE_FILE(page_ways, "/ways.js", file_ways_js, JS, "the page's forms");
PAGE_FILE(page_words, "/words.js", file_words_js, JS, "the page's words, English and Chinese");
