/* A recipe as people write it: what fits on a line stands on one. See recipe.h. */
#include "cli/recipe.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST = 96 };

static char *on_a_line(const json_t *value) {
    return json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
}

static void put(strbuf *out, const json_t *value, size_t indent, size_t used) {
    char *line = on_a_line(value);
    const char *key;
    json_t *item;
    size_t i, n = 0;
    const bool object = json_is_object(value),
               whole = !line || used + strlen(line) <= WIDEST || (!object && !json_is_array(value));
    if (whole) strbuf_add(out, "%s", line ? line : "null");
    free(line);
    if (whole) return;
    strbuf_add(out, object ? "{" : "[");
    if (object) {
        json_object_foreach((json_t *)value, key, item) {
            json_t *name = json_string(key);
            char *text = on_a_line(name);
            strbuf_add(out, "%s\n%*s%s: ", n++ ? "," : "", (int)indent + 2, "", text ? text : "");
            put(out, item, indent + 2, indent + 4 + (text ? strlen(text) : 0));
            free(text);
            json_decref(name);
        }
    } else {
        json_array_foreach((json_t *)value, i, item) {
            strbuf_add(out, "%s\n%*s", i ? "," : "", (int)indent + 2, "");
            put(out, item, indent + 2, indent + 2);
        }
    }
    strbuf_add(out, "\n%*s%s", (int)indent, "", object ? "}" : "]");
}

char *recipe_text(const json_t *tree) {
    strbuf out = {0};
    put(&out, tree, 0, WIDEST); /* the whole is never on one line */
    strbuf_add(&out, "\n");
    if (!out.failed) return out.data;
    strbuf_free(&out);
    return NULL;
}
