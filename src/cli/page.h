/* Pages of reports: one HTML file that refers to nothing outside, light or dark as the reader's
 * system, in English or Chinese. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "chart/chart.h"
#include "cli/words.h"

typedef struct page {
    strbuf *out;
    language l;
} page;

#define SAY(p, word) word_in((p)->l, WORD_##word)

void page_begin(page *p, const char *title, const char *head);
void page_end(page *p);
/* A head, and what follows it: wide things scroll by themselves. */
void page_section(page *p, const char *title);
void page_section_end(page *p);
/* A cell of a table, "td" or "th". */
void page_cell(page *p, const char *tag, bool number, const char *text);
void page_number(page *p, const char *format, double value);
/* A row of a name and its value; `user` is the page. */
void page_pair(void *user, const char *name, const char *value);

#endif
