/* The model card: see card.h. */
#include "format/card.h"

#include "build_config.h"

#include <string.h>

mica_status card_set(mica_model *m, const char *key, json_t *value, mica_error *err) {
    if (!value) {
        json_object_del(m->card, key);
        return MICA_OK;
    }
    if (!m->card) m->card = json_object();
    if (m->card && json_object_set(m->card, key, value) == 0) {
        json_decref(value);
        return MICA_OK;
    }
    json_decref(value);
    return fail(err, MICA_VALUE, "card: %s could not be set", key);
}

const json_t *card_get(const mica_model *m, const char *key) {
    return json_object_get(m->card, key);
}

char *card_text(const mica_model *m) {
    json_t *card = m->card ? json_copy(m->card) : json_object();
    bool done = card && json_object_set_new(card, "version", json_integer(CARD_VERSION)) == 0 &&
                json_object_set_new(card, "mica", json_string(MICA_VERSION)) == 0;
    char *text = done ? config_text(card) : NULL;
    json_decref(card);
    return text;
}

static mica_status check_version(const json_t *card, const char *name, mica_error *err) {
    const json_t *version = json_object_get(card, "version");
    const char *by = json_string_value(json_object_get(card, "mica"));
    if (!json_is_integer(version))
        return fail(err, MICA_FORMAT, "%s: mica_card has %s as version, expected an integer", name,
                    config_kind(version));
    if (json_integer_value(version) <= CARD_VERSION) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s: written by mica %s (card version %lld); this is mica %s (card version %d)",
                name, by ? by : "of unknown version", (long long)json_integer_value(version),
                MICA_VERSION, CARD_VERSION);
}

mica_status card_read(mica_model *m, const char *text, const char *name, mica_error *err) {
    json_t *card;
    char what[300];
    snprintf(what, sizeof what, "%s: mica_card", name);
    TRY(config_parse(text, strlen(text), what, &card, err));
    mica_status status = json_is_object(card)
                             ? check_version(card, name, err)
                             : fail(err, MICA_FORMAT, "%s is %s, expected an object", what,
                                    config_kind(card));
    if (status != MICA_OK) {
        json_decref(card);
        return status;
    }
    json_decref(m->card);
    m->card = card;
    return MICA_OK;
}
