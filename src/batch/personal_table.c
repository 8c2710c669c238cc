/* Personal data in tables: see personal_table.h. Each different text of a column is looked at once;
 * of numbers those with enough digits to be one of a person. */
#include "batch/personal_table.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_DIGITS = 7 }; /* numbers of fewer are none of a person */

mica_status personal_in_cell(const char *column, const char *text, size_t length, double certainty,
                             const bool *wanted, strbuf *room, personal_spans *out,
                             mica_error *err) {
    size_t kept = 0;
    room->length = 0;
    strbuf_put(room, column, strlen(column));
    strbuf_put(room, ": ", 2);
    size_t before = room->length;
    strbuf_put(room, text, length);
    if (room->failed) return fail_no_memory(err, "personal data");
    TRY(personal_find(room->data, room->length, certainty, wanted, out, err));
    for (size_t i = 0; i < out->count; i++) {
        personal_span s = out->item[i];
        if (s.at + s.length <= before) continue;
        /* What begins in the column's name goes on in the cell, where it is as personal. */
        if (s.at < before) s.length -= before - s.at, s.at = before;
        s.at -= before;
        out->item[kept++] = s;
    }
    out->count = kept;
    return MICA_OK;
}

/* ---- names of columns ---- */

/* The name in small letters with one blank between words: "firstName", "FIRST_NAME" are "first
 * name". */
static void spell(const char *name, char out[128]) {
    size_t n = 0;
    bool small = false;
    for (; *name && n < 124; name++) {
        unsigned char c = (unsigned char)*name;
        bool capital = c >= 'A' && c <= 'Z',
             letter = capital || (c >= 'a' && c <= 'z') || c >= 0x80;
        if ((!letter || (capital && small)) && n && out[n - 1] != ' ') out[n++] = ' ';
        if (letter) out[n++] = (char)(capital ? c + 32 : c);
        small = letter && !capital;
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = 0;
}

static bool has_phrase(const char *text, const char *phrase) {
    size_t length = strlen(phrase);
    for (const char *at = text; (at = strstr(at, phrase)); at++)
        if ((at == text || at[-1] == ' ') && (!at[length] || at[length] == ' ')) return true;
    return false;
}

/* Of names of persons; the others of what else belongs to one. */
static const char *const name_words[] = {
    "surname",       "firstname",    "lastname",     "fullname",    "forename",    "first name",
    "last name",     "full name",    "given name",   "family name", "middle name", "maiden name",
    "customer name", "patient name", "contact name", "person name", "user name",   "username",
    "nachname",      "vorname",      "prénom",       "apellido",    "client name", "employee name",
    "student name",  "doctor name",  "guest name",   "member name", "apellidos",   "cognome",
    "achternaam",    "voornaam"};
static const char *const name_chinese[] = {"姓名",   "联系人", "收件人", "寄件人",
                                           "客户名", "名字",   "患者名", "员工名"};
static const char *const other_words[] = {
    "email",   "e mail",  "mail",    "phone",           "telephone",   "mobile",    "fax",
    "address", "street",  "ssn",     "social security", "passport",    "birthday",  "birthdate",
    "birth",   "dob",     "iban",    "credit card",     "national id", "tax id",    "license plate",
    "ip",      "adresse", "telefon", "geburtsdatum",    "téléphone",   "dirección", "teléfono"};
static const char *const other_chinese[] = {"手机", "电话", "邮箱", "身份证", "地址", "住址",
                                            "生日", "出生", "护照", "银行卡", "微信", "车牌"};

static bool says_one(const char *name, const char *const *words, size_t count,
                     const char *const *chinese, size_t chinese_count) {
    char text[128];
    spell(name, text);
    for (size_t i = 0; i < count; i++)
        if (has_phrase(text, words[i])) return true;
    for (size_t i = 0; i < chinese_count; i++)
        if (strstr(name, chinese[i])) return true;
    return false;
}

bool personal_name_column(const char *name) {
    char text[128];
    spell(name, text);
    return !strcmp(text, "name") ||
           says_one(name, name_words, LENGTH(name_words), name_chinese, LENGTH(name_chinese));
}

bool personal_column_name(const char *name) {
    return personal_name_column(name) ||
           says_one(name, other_words, LENGTH(other_words), other_chinese, LENGTH(other_chinese));
}

/* ---- columns ---- */

static void count_spans(const personal_spans *s, size_t length, int64_t cells,
                        personal_count *out) {
    int64_t of[PERSONAL_KINDS] = {0};
    for (size_t i = 0; i < s->count; i++) of[s->item[i].kind] += !s->item[i].rest;
    for (int k = 0; k < PERSONAL_KINDS; k++) {
        out->finds[k] += cells * of[k];
        out->cells[k] += of[k] ? cells : 0;
    }
    if (s->count) out->any += cells;
    if (s->count == 1 && s->item[0].length == length) out->whole[s->item[0].kind] += cells;
}

/* A stretch of the different texts, or of the rows of numbers. */
typedef struct searching {
    const mica_table *t;
    int column;
    double certainty;
    const int64_t *cells; /* of each different text; NULL: rows are looked at */
    personal_count *counts;
    mica_error *errs;
    int64_t grain;
} searching;

static void search_some(void *arg, int64_t begin, int64_t end) {
    const searching *s = arg;
    const table_column *c = &s->t->column[s->column];
    personal_count *out = &s->counts[begin / s->grain];
    mica_error *err = &s->errs[begin / s->grain];
    personal_spans spans = {0};
    strbuf room = {0};
    char own[64];
    for (int64_t i = begin; i < end && !err->code; i++) {
        size_t length = 0;
        const char *text = own;
        if (s->cells) text = text_at(&c->texts, (int32_t)i, &length);
        else if (!cell_missing(c, i)) length = mica_table_text(s->t, s->column, i, own, sizeof own);
        if (s->cells ? !s->cells[i] : length < LEAST_DIGITS) continue;
        if (personal_in_cell(c->name, text, length, s->certainty, NULL, &room, &spans, err) ==
            MICA_OK)
            count_spans(&spans, length, s->cells ? s->cells[i] : 1, out);
    }
    personal_spans_free(&spans);
    strbuf_free(&room);
}

static void add_counts(personal_count *to, const personal_count *from) {
    to->any += from->any;
    for (int k = 0; k < PERSONAL_KINDS; k++) {
        to->cells[k] += from->cells[k];
        to->finds[k] += from->finds[k];
        to->whole[k] += from->whole[k];
    }
}

static mica_status search(searching *s, int64_t items, team *team, personal_count *out,
                          mica_error *err) {
    mica_status status = MICA_OK;
    s->grain = 512;
    int64_t pieces = items / s->grain + 1;
    s->counts = allocate((size_t)pieces, sizeof *s->counts);
    s->errs = allocate((size_t)pieces, sizeof *s->errs);
    if (!s->counts || !s->errs) status = fail_no_memory(err, "personal data");
    if (status == MICA_OK) parallel_for(team, items, s->grain, search_some, s);
    for (int64_t i = 0; i < pieces && status == MICA_OK; i++) {
        add_counts(out, &s->counts[i]);
        if (s->errs[i].code) status = fail(err, s->errs[i].code, "%s", s->errs[i].message);
    }
    free(s->counts);
    free(s->errs);
    return status;
}

mica_status personal_in_column(const mica_table *t, int column, double certainty, team *team,
                               personal_count *out, mica_error *err) {
    const table_column *c = &t->column[column];
    searching s = {.t = t, .column = column, .certainty = certainty};
    out->there += t->rows - c->missing;
    out->by_name = personal_column_name(c->name);
    if (c->type == MICA_COLUMN_INTEGER || c->type == MICA_COLUMN_NUMBER)
        return search(&s, t->rows, team, out, err);
    if (!is_text(c->type)) return MICA_OK;
    int64_t *cells = allocate((size_t)c->texts.count + 1, sizeof *cells);
    if (!cells) return fail_no_memory(err, "personal data");
    for (int64_t i = 0; i < t->rows; i++) cells[((int32_t *)c->cells)[i] + 1]++;
    s.cells = cells + 1; /* the first counts what is missing */
    mica_status status = search(&s, c->texts.count, team, out, err);
    free(cells);
    return status;
}

int personal_likely(const personal_count *c) {
    int best = -1;
    for (int k = 0; k < PERSONAL_KINDS; k++)
        if (c->cells[k] > 0 && c->cells[k] * 2 >= c->there &&
            (best < 0 || c->cells[k] > c->cells[best]))
            best = k;
    return best;
}

json_t *personal_json(const mica_table *t, int column, const personal_count *c) {
    if (!c->any && !c->by_name) return NULL;
    int likely = personal_likely(c);
    json_t *kinds = json_object();
    for (int k = 0; k < PERSONAL_KINDS; k++)
        if (c->cells[k])
            json_object_set_new(kinds, personal_kind_name((personal_kind)k),
                                json_pack("{s:I, s:I, s:I}", "cells", (json_int_t)c->cells[k],
                                          "finds", (json_int_t)c->finds[k], "whole",
                                          (json_int_t)c->whole[k]));
    json_t *all = json_pack("{s:s, s:s, s:o, s:b, s:I, s:I, s:o}", "column", t->column[column].name,
                            "type", mica_column_type_name(t->column[column].type), "likely",
                            likely < 0 ? json_null()
                                       : json_string(personal_kind_name((personal_kind)likely)),
                            "by_name", c->by_name, "there", (json_int_t)c->there, "cells",
                            (json_int_t)c->any, "kinds", kinds);
    return all;
}
