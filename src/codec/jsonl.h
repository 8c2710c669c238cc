/* JSON Lines into tables: an object a line, its keys are the columns in the order of their first
 * coming; absent and null cells are missing. Strings are typed as cells of CSV are (numbers, dates
 * and booleans in quotes are numbers, dates and booleans); lists and objects are their JSON text.
 */
#ifndef CODEC_JSONL_H
#define CODEC_JSONL_H

#include "codec/text_file.h"
#include "table/table.h"

mica_status jsonl_decode(const text_file *text, const char *name, mica_table **out,
                         mica_error *err);

#endif
