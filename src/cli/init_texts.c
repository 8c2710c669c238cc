/* mica init: class folders of texts, and how these are taken apart: into words, or characters where
 * the writing puts no blanks between words. See init.h. */
#include "cli/init.h"
#include "cli/model_data.h"
#include "transform/fold_text.h"

enum { MOST_TOKENS = 20000, FEWEST_OF_A_TEXT = 8, MOST_WORDS = 250, MOST_CHARACTERS = 500 };

/* Whether it is of a writing that puts no blanks between words: Thai, Lao, Burmese, Khmer, kana,
 * Chinese. */
static bool is_unspaced(int32_t c) {
    static const int32_t ranges[][2] = {{0x0E00, 0x0EFF},  {0x1000, 0x109F}, {0x1780, 0x17FF},
                                        {0x3040, 0x30FF},  {0x3400, 0x9FFF}, {0xF900, 0xFAFF},
                                        {0x20000, 0x3FFFF}};
    for (size_t i = 0; i < LENGTH(ranges); i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
    return false;
}

void init_look_at_text(writing_look *l, const mica_string *text) {
    int64_t words = 0, letters = 0;
    bool in = false;
    for (size_t at = 0; at < text->size;) {
        const int32_t c = utf8_next(text->bytes, text->size, &at);
        const bool blank = c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x3000;
        words += !blank && !in;
        in = !blank;
        letters += !blank;
        l->unspaced += is_unspaced(c);
    }
    l->texts++;
    l->words += words;
    l->letters += letters;
    if (words > l->most_words) l->most_words = words;
    if (letters > l->most_letters) l->most_letters = letters;
}

static mica_status look_at_folder(const mica_dataset *d, writing_look *l, mica_error *err) {
    enum { LOOKED_AT = 2000 };
    const int at = dataset_column(d, COLUMN_INPUT, 0);
    const int64_t step = d->rows > LOOKED_AT ? d->rows / LOOKED_AT : 1;
    for (int64_t row = 0; row < d->rows; row += step) {
        mica_string text;
        TRY(d->gather(d, at, &(uint32_t){(uint32_t)row}, 1, MICA_STRING, &text, err));
        init_look_at_text(l, &text);
    }
    return MICA_OK;
}

bool init_has_characters(const writing_look *l) {
    return l->unspaced * 2 > l->letters && l->letters > 4 * l->words;
}

/* As many tokens as the longest text has, within bounds. */
static json_t *vectorization(init *i, const writing_look *l) {
    const bool characters = init_has_characters(l);
    int64_t length = characters ? l->most_letters : l->most_words;
    const int64_t most = characters ? MOST_CHARACTERS : MOST_WORDS;
    if (length < FEWEST_OF_A_TEXT) length = FEWEST_OF_A_TEXT;
    if (length > most) length = most;
    json_t *options = json_pack("{s:i, s:I}", "max_tokens", MOST_TOKENS, "output_sequence_length",
                                (json_int_t)length);
    if (characters) {
        json_object_set_new(options, "split", json_string("character"));
        say(&i->o->common, "texts without blanks between words (as Chinese): taken apart into "
                           "characters (\"split\": \"character\")");
    }
    return json_pack("{s:o}", "TextVectorization", options);
}

/* The text as keras.io's examples take it apart: its most frequent words, their mean embedding.
 * Without a mask: the mean of a text without a word would be no number. */
mica_status init_texts(init *i, mica_error *err) {
    mica_dataset *d = NULL;
    writing_look look = {0};
    TRY(load_model_data(
        &(data_request){
            .ctx = i->ctx, .spec = i->spec, .part = MICA_TRAIN, .preprocessing = i->given},
        &d, err));
    TRY(look_at_folder(d, &look, err));
    json_t *layers = json_array();
    i->model = json_pack("{s:[], s:s, s:o}", "input", "dtype", "string", "layers", layers);
    json_array_append_new(layers, vectorization(i, &look));
    json_array_append_new(layers, json_pack("{s:{s:i, s:i}}", "Embedding", "input_dim", MOST_TOKENS,
                                            "output_dim", 64));
    init_add(layers, "\"GlobalAveragePooling1D\"");
    init_add(layers, "{\"Dropout\": {\"rate\": 0.3}}");
    init_add(layers, "{\"Dense\": {\"units\": 64, \"activation\": \"relu\"}}");
    return init_folder(i, layers, d, err);
}
