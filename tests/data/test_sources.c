/* Texts, sounds and windows of a time series: what Keras loads (tools/record_sources.py), and what
 * is refused. */
#include "codec/sound.h"
#include "data/dataset.h"
#include "mica/mica.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/recorded.h"
#include "transform/sound_rate.h"

#include <unistd.h>

static json_t *sources;

static const json_t *recorded(const char *part) {
    if (!sources) sources = recorded_json("sources.json");
    return json_object_get(sources, part);
}

static mica_dataset *load(const char *spec, mica_part part, const json_t *options) {
    mica_dataset *d = NULL;
    if (dataset_load_with(ctx, spec, options, part, &d, &err) != MICA_OK)
        fail_msg("%s: %s", options ? config_text(options) : spec, err.message);
    return d;
}

/* y of a row, as one list. */
static void expect_label(mica_dataset *d, uint32_t row, const json_t *expected) {
    double y[8] = {0};
    int at = dataset_column(d, COLUMN_TARGET, 0);
    if (!expected) {
        assert_int_equal(at, -1);
        return;
    }
    assert_int_equal(shape_size(&d->column[at].shape), json_array_size(expected));
    ASSERT_OK(d->gather(d, at, &row, 1, MICA_FLOAT64, y, &err));
    for (size_t i = 0; i < json_array_size(expected); i++)
        assert_true(y[i] == json_number_value(json_array_get(expected, i)));
}

static void expect_text(mica_dataset *d, uint32_t row, const char *expected) {
    mica_string found;
    ASSERT_OK(d->gather(d, 0, &row, 1, MICA_STRING, &found, &err));
    if (found.size != strlen(expected) || memcmp(found.bytes, expected, found.size))
        fail_msg("row %u: '%.*s', expected '%s'", row, (int)found.size, found.bytes, expected);
}

/* ---- texts ---- */

static void put_text(const char *name, const char *text) {
    put_file(in_folder(name), text, strlen(text));
}

static void put_texts(void) {
    const char *path;
    json_t *text;
    char name[128];
    json_object_foreach(json_object_get(recorded("texts"), "files"), path, text) {
        snprintf(name, sizeof name, "texts/%s", path);
        put_text(name, json_string_value(text));
    }
}

TEST(text_folders_are_what_keras_loads) {
    json_t *one;
    size_t i, k;
    put_texts();
    put_text("texts/pos/other.md", "no text file");
    json_array_foreach(json_object_get(recorded("texts"), "cases"), i, one) {
        const json_t *x = json_object_get(one, "x"), *y = json_object_get(one, "y");
        mica_dataset *d = load(in_folder("texts"), MICA_TRAIN, json_object_get(one, "options"));
        assert_int_equal(mica_dataset_size(d), json_array_size(x));
        for (k = 0; k < json_array_size(x); k++) {
            expect_text(d, (uint32_t)k, json_string_value(json_array_get(x, k)));
            expect_label(d, (uint32_t)k, json_array_get(y, k));
        }
        for (k = 0; k < (size_t)mica_dataset_classes(d); k++)
            assert_string_equal(
                mica_dataset_class_name(d, (int)k),
                json_string_value(json_array_get(json_object_get(one, "classes"), k)));
    }
    assert_true(i > 8);
}

TEST(text_folders_leave_out_what_is_no_utf8) {
    put_text("broken/a/1.txt", "\xef\xbb\xbfwith a mark");
    put_text("broken/a/2.txt", "gr\xfcn");
    put_text("broken/b/3.TXT", "");
    mica_load(ctx, in_folder("broken"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "1 of 3 files are broken, more than the 1 %");
    mica_dataset *d = mica_load_text_folder(ctx, in_folder("broken"), MICA_TRAIN,
                                            MICA_OPTIONS(text_folder, .max_broken = 0.5));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(d), 2);
    expect_text(d, 0, "with a mark");
    expect_text(d, 1, "");
    assert_non_null(strstr(mica_dataset_broken_reason(d, 0), "2.txt: no UTF-8 (byte 0xfc at 2)"));
    float y;
    ASSERT_FAILS(d->gather(d, 0, (uint32_t[]){0}, 1, MICA_FLOAT32, &y, &err), MICA_TYPE,
                 "x holds strings, expected numbers");
    char one[65], other[65];
    ASSERT_OK(mica_dataset_fingerprint(d, one, &err));
    put_text("broken/b/3.TXT", "longer");
    d = mica_load_text_folder(ctx, in_folder("broken"), MICA_TRAIN,
                              MICA_OPTIONS(text_folder, .max_broken = 0.5));
    ASSERT_OK(mica_dataset_fingerprint(d, other, &err));
    assert_string_not_equal(one, other);
    put_text("empty/a/picture.md", "");
    mica_load_text_folder(ctx, in_folder("empty"), MICA_TRAIN, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT,
                 "no texts in class folders: 1 folders, expected root/class/text.txt");
}

TEST(texts_are_cut_between_letters) {
    put_text("cut/a/1.txt", "a\u4e2db");
    for (int most = 1; most <= 6; most++) {
        mica_dataset *d = mica_load_text_folder(ctx, in_folder("cut"), MICA_TRAIN,
                                                MICA_OPTIONS(text_folder, .max_length = most));
        expect_text(d, 0, most < 4 ? "a" : most < 5 ? "a\u4e2d" : "a\u4e2db");
    }
}

TEST(text_folders_take_labels_and_follow_links) {
    const float labels[] = {1, 0, 1};
    char one[65], other[65];
    put_text("mine/b/2.txt", "two");
    put_text("mine/a/1.txt", "one");
    put_text("mine/3.txt", "three");
    mica_dataset *d = mica_load_text_folder(ctx, in_folder("mine"), MICA_TRAIN,
                                            MICA_OPTIONS(text_folder, .labels = "[1, 0, 1]"));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(d), 3);
    expect_text(d, 0, "three"); /* of the folder itself, then below a and b */
    expect_text(d, 1, "one");
    for (uint32_t row = 0; row < 3; row++) {
        float y;
        ASSERT_OK(d->gather(d, 1, &row, 1, MICA_FLOAT32, &y, &err));
        assert_true(y == labels[row]);
    }
    ASSERT_OK(mica_dataset_fingerprint(d, one, &err));
    d = mica_load_text_folder(ctx, in_folder("mine"), MICA_TRAIN,
                              MICA_OPTIONS(text_folder, .labels = "[1, 0, 0]"));
    ASSERT_OK(mica_dataset_fingerprint(d, other, &err));
    assert_string_not_equal(one, other);
    mica_load_text_folder(ctx, in_folder("mine"), MICA_TRAIN,
                          MICA_OPTIONS(text_folder, .labels = "[1, 0]"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "2 labels for 3 texts");
    put_text("away/4.txt", "four");
    assert_int_equal(symlink("../../away", in_folder("mine/b/more")), 0);
    d = mica_load_text_folder(ctx, in_folder("mine"), MICA_TRAIN, NULL);
    assert_int_equal(mica_dataset_size(d), 2);
    d = mica_load_text_folder(ctx, in_folder("mine"), MICA_TRAIN,
                              MICA_OPTIONS(text_folder, .follow_links = true));
    assert_int_equal(mica_dataset_size(d), 3);
    expect_text(d, 2, "four");
}

/* ---- windows ---- */

static mica_dataset *series(int64_t rows) {
    float x[200], y[100];
    for (int i = 0; i < rows; i++) x[2 * i] = (float)i, x[2 * i + 1] = (float)i * 10;
    for (int i = 0; i < rows; i++) y[i] = (float)i * 2;
    mica_tensor *in = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 2), x),
                *out = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows), y);
    return mica_dataset_new(ctx, &in, 1, &out, 1, NULL);
}

static void expect_numbers(const json_t *tree, const float **at) {
    for (size_t i = 0; i < json_array_size(tree); i++) expect_numbers(json_array_get(tree, i), at);
    if (json_is_number(tree)) assert_true(*(*at)++ == (float)json_number_value(tree));
}

TEST(windows_are_what_keras_makes) {
    size_t i;
    json_t *one;
    json_array_foreach(recorded("windows"), i, one) {
        const json_t *x = json_object_get(one, "x"), *y = json_object_get(one, "y");
        mica_dataset *d = series(40), *whole = d;
        ASSERT_OK(dataset_windows_with(&d, json_object_get(one, "options"), &err));
        int64_t n = mica_dataset_size(d);
        if (n != (int64_t)json_array_size(x))
            fail_msg("%s: %lld windows, expected %zu", config_text(json_object_get(one, "options")),
                     (long long)n, json_array_size(x));
        mica_tensor *in = mica_dataset_input(d, 0, NULL, n),
                    *out = mica_dataset_target(d, 0, NULL, n);
        ASSERT_OK(mica_check(ctx, &err));
        const float *a = mica_tensor_data(in), *b = mica_tensor_data(out);
        expect_numbers(x, &a);
        expect_numbers(y, &b);
        assert_ptr_equal(d->of, whole);
        mica_dataset_destroy(&d); /* and what it was over */
    }
    assert_true(i > 6);
}

TEST(windows_that_cannot_be_are_refused) {
    mica_dataset *d = series(10);
    static const struct {
        const char *json, *message;
    } cases[] = {{"{}", "sequence_length must be given"},
                 {"{\"sequence_length\": 11}",
                  "a window reads 11 rows, from its first to its last, and there are 10"},
                 {"{\"sequence_length\": 3, \"target_offset\": 10}", "a window reads 11 rows"},
                 {"{\"sequence_length\": 3, \"start_index\": 8}", "a window reads 3 rows"},
                 {"{\"sequence_length\": 3, \"start_index\": 5, \"end_index\": 5}",
                  "rows from 5 to before 5"},
                 {"{\"sequence_length\": 3, \"end_index\": 11}", "rows from 0 to before 11"},
                 {"{\"sequence_length\": 3, \"sequence_stride\": 0}", "sequence_stride is 0"},
                 {"{\"sequence_length\": 3, \"stride\": 1}", "stride"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        json_t *options = json_loads(cases[i].json, 0, NULL);
        assert_int_not_equal(dataset_windows_with(&d, options, &err), MICA_OK);
        if (!strstr(err.message, cases[i].message)) fail_msg("%s", err.message);
        json_decref(options);
    }
    put_texts();
    mica_dataset_windows(mica_load(ctx, in_folder("texts"), MICA_TRAIN),
                         MICA_OPTIONS(windows, .sequence_length = 2));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "windows of files in class folders");
}

/* The rows that the windows of a part read: the least, and the greatest. */
static void rows_read(mica_dataset *d, int64_t first, int64_t count, float range[2]) {
    range[0] = 1e9F, range[1] = -1;
    for (int64_t i = first; i < first + count; i++) {
        mica_tensor *x = mica_dataset_input(d, 0, &i, 1), *y = mica_dataset_target(d, 0, &i, 1);
        const float *steps = mica_tensor_data(x);
        int64_t n = mica_tensor_size(x) / 2;
        float target = (float)mica_tensor_item(y) / 2;
        range[0] = fminf(range[0], steps[0]);
        range[1] = fmaxf(range[1], fmaxf(steps[2 * (n - 1)], target));
    }
}

TEST(no_window_is_on_both_sides_of_a_split) {
    mica_dataset *split;
    float train[2], validation[2];
    mica_dataset *d = mica_dataset_windows(
        series(50),
        MICA_OPTIONS(windows, .sequence_length = 4, .sampling_rate = 2, .target_offset = 8));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(d), 42);
    int64_t rows = 30;
    ASSERT_OK(dataset_split_windows(d, &rows, &split, &err));
    rows_read(split, 0, rows, train);
    rows_read(split, rows, mica_dataset_size(split) - rows, validation);
    assert_int_equal(rows, 22); /* rows 0 to 29: the last of them begins at 21 */
    assert_true(train[1] == 29 && validation[0] == 30 && validation[1] == 49);
    mica_dataset *later = mica_dataset_range(d, 10, 30); /* a view of windows is split too */
    rows = 20;
    ASSERT_OK(dataset_split_windows(later, &rows, &split, &err));
    rows_read(split, 0, rows, train);
    assert_true(rows == 12 && train[0] == 10 && train[1] == 29);
}

/* ---- sounds ---- */

#define SOUNDS "tests/recorded/data/sounds/"

static void expect_sound(const json_t *one, const char *ending) {
    char name[64], path[128];
    const json_t *x = json_object_get(one, "x"), *s = json_object_get(one, "shape");
    const char *file = json_string_value(json_object_get(one, "file"));
    snprintf(path, sizeof path, SOUNDS "%s.%s", file, ending);
    snprintf(name, sizeof name, "sounds_%s_%s/a/1.%s", file, ending, ending);
    copy_file(path, in_folder(name));
    *strchr(name, '/') = 0;
    json_int_t frames = json_integer_value(json_object_get(one, "frames"));
    json_t *options = frames > 0 ? json_pack("{s:I}", "output_sequence_length", frames) : NULL;
    mica_dataset *d = load(in_folder(name), MICA_TRAIN, options);
    json_decref(options);
    shape expected = {
        2, {json_integer_value(json_array_get(s, 0)), json_integer_value(json_array_get(s, 1))}};
    assert_true(shape_equal(&d->column[0].shape, &expected));
    float values[256];
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){0}, 1, MICA_FLOAT32, values, &err));
    for (size_t i = 0; i < json_array_size(x); i++)
        assert_true(values[i] == (float)json_real_value(json_array_get(x, i)));
    assert_non_null(strstr(mica_dataset_preparation(d), "\"sampling_rate\": 8000"));
}

TEST(sounds_are_what_tensorflow_decodes) {
    size_t i;
    json_t *one;
    if (!sound_supported()) skip();
    json_array_foreach(json_object_get(recorded("sounds"), "cases"), i, one) {
        expect_sound(one, "wav");
        expect_sound(one, "flac");
    }
    assert_int_equal(i, 6);
}

TEST(sounds_that_do_not_go_together_are_told) {
    if (!sound_supported()) skip();
    copy_file(SOUNDS "mono.wav", in_folder("mixed/a/1.wav"));
    copy_file(SOUNDS "stereo.wav", in_folder("mixed/a/2.wav"));
    put_text("mixed/b/3.wav", "RIFF    WAVEfmt ");
    put_text("mixed/b/4.flac", "no sound");
    put_text("mixed/b/5.flac", "");
    mica_load(ctx, in_folder("mixed"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "3 of 5 files are broken");
    mica_load_audio_folder(ctx, in_folder("mixed"), MICA_TRAIN,
                           MICA_OPTIONS(audio_folder, .max_broken = 0.9));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "of different channels (a/1.wav 1, a/2.wav 2), expected as many in all; channels");
    mica_dataset *d = mica_load_audio_folder(
        ctx, in_folder("mixed"), MICA_TRAIN,
        MICA_OPTIONS(audio_folder, .max_broken = 0.9, .label_mode = "categorical",
                     .channels = "mono", .output_sequence_length = 50));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(d), 2);
    static const char *const reasons[] = {"3.wav: the WAV cannot", "4.flac: no WAV and no FLAC",
                                          "5.flac: an empty file"};
    for (int i = 0; i < 3; i++)
        if (!strstr(mica_dataset_broken_reason(d, i), reasons[i]))
            fail_msg("%s", mica_dataset_broken_reason(d, i));
    mica_load_audio_folder(ctx, in_folder("mixed"), MICA_TRAIN,
                           MICA_OPTIONS(audio_folder, .max_broken = 0.1, .sampling_rate = 16000));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT,
                 sound_rate_supported() ? "3 of 5 files are broken" : "it lacks libsamplerate");
}

static float *sounds_of(const char *folder, const mica_audio_folder_options *o, int64_t *each) {
    mica_dataset *d = mica_load_audio_folder(ctx, in_folder(folder), MICA_TRAIN, o);
    ASSERT_OK(mica_check(ctx, &err));
    *each = shape_size(&d->column[0].shape);
    float *x = malloc((size_t)*each * sizeof *x);
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){0}, 1, MICA_FLOAT32, x, &err));
    if (o->channels && !strcmp(o->channels, "mono")) {
        assert_int_equal(d->column[0].shape.dims[1], 1);
        assert_non_null(strstr(mica_dataset_preparation(d), "\"channels\": 1, \"mono\": true"));
    }
    return x;
}

/* The mean of both channels, resampled or not; zeros behind the end. */
TEST(sounds_of_several_channels_are_mixed_down) {
    if (!sound_supported()) skip();
    copy_file(SOUNDS "stereo.wav", in_folder("two/a/1.wav"));
    for (int rate = 0; rate <= (sound_rate_supported() ? 4000 : 0); rate += 4000) {
        mica_audio_folder_options o = mica_audio_folder_defaults();
        if (rate) o.sampling_rate = rate;
        o.output_sequence_length = 3000;
        int64_t both, one;
        float *kept = sounds_of("two", &o, &both), most = 0;
        o.channels = "mono";
        float *mono = sounds_of("two", &o, &one);
        assert_int_equal(both, 2 * one);
        for (int64_t i = 0; i < one; i++) {
            assert_true(fabsf(mono[i] - (kept[2 * i] + kept[2 * i + 1]) / 2) < 1e-6F);
            if (fabsf(mono[i]) > most) most = fabsf(mono[i]);
        }
        assert_true(most > 0.01F);
        free(kept), free(mono);
    }
}

enum { SINES = 12 };

/* A WAV of floats: 0.8 sin(2 pi f t) and, above every rate that is asked for, 0.1 sin(2 pi g t). */
static void put_sine(const char *path, int rate, int frames, double f, double g) {
    unsigned char header[44] = "RIFF....WAVEfmt \x10\0\0\0\3\0\1\0........\4\0\x20\0data....";
    uint32_t sizes[] = {36 + 4 * (uint32_t)frames, (uint32_t)rate, 4 * (uint32_t)rate,
                        4 * (uint32_t)frames};
    char *file = malloc(44 + 4 * (size_t)frames);
    memcpy(header + 4, &sizes[0], 4), memcpy(header + 24, &sizes[1], 8);
    memcpy(header + 40, &sizes[3], 4), memcpy(file, header, 44);
    for (int i = 0; i < frames; i++) {
        double t = 2 * M_PI * i / rate;
        float y = (float)(0.8 * sin(f * t) + (g > 0 ? 0.1 * sin(g * t) : 0));
        memcpy(file + 44 + 4 * i, &y, 4);
    }
    put_file(path, file, 44 + 4 * (size_t)frames);
    free(file);
}

/* What lies below half the new rate stays, what is above it goes; lengths are rounded up. */
TEST(sounds_of_other_rates_are_resampled) {
    if (!sound_supported() || !sound_rate_supported()) skip();
    put_sine(in_folder("rates/a/1.wav"), 44100, 44101, 1000, 20000);
    put_sine(in_folder("rates/a/2.wav"), 16000, 16000, 1000, 0);
    put_sine(in_folder("rates/a/3.wav"), 8000, 8000, 1000, 0);
    put_sine(in_folder("rates/a/4.wav"), 48000, 4800, 1000, 0);
    mica_dataset *d = mica_load_audio_folder(
        ctx, in_folder("rates"), MICA_TRAIN,
        MICA_OPTIONS(audio_folder, .sampling_rate = 16000, .output_sequence_length = 16001));
    ASSERT_OK(mica_check(ctx, &err));
    float *x = malloc(4 * 16001 * sizeof *x);
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){0, 1, 2, 3}, 4, MICA_FLOAT32, x, &err));
    static const double worst[] = {2e-5, 1e-7, 2e-5, 2e-5};
    for (int k = 0; k < 4; k++) {
        const float *y = x + k * 16001;
        double energy = 0;
        int end = k == 3 ? 1600 : 16000;
        for (int i = 200; i < end - 200; i++) { /* the ends are those of a sound cut off */
            double wanted = 0.8 * sin(2 * M_PI * 1000 * i / 16000.0);
            if (fabs(y[i] - wanted) > worst[k])
                fail_msg("%d[%d]: %g, %g", k, i, (double)y[i], wanted);
            energy += y[i] * y[i];
        }
        assert_true(fabs(energy / (end - 400) - 0.32) < 1e-3);
        for (int i = k == 3 ? 1600 : k ? 16000 : 16001; i < 16001; i++) assert_true(y[i] == 0);
    }
    free(x);
    mica_load_audio_folder(ctx, in_folder("rates"), MICA_TRAIN,
                           MICA_OPTIONS(audio_folder, .sampling_rate = 16000));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "a/1.wav 16001 frames, a/2.wav 16000");
}

TEST(sounds_of_many_threads_are_those_of_one) {
    if (!sound_supported() || !sound_rate_supported()) skip();
    for (int k = 0; k < SINES; k++) {
        char name[32];
        snprintf(name, sizeof name, "threads/%c/%d.wav", 'a' + k % 3, k);
        put_sine(in_folder(name), k % 2 ? 8000 : 11025, 900 + 31 * k, 100 + 50 * k, 0);
    }
    put_text("threads/b/broken.wav", "RIFF    WAVEfmt ");
    float *x[2];
    for (int k = 0; k < 2; k++) {
        mica_context *own = mica_open(MICA_OPTIONS(context, .threads = k ? 8 : 1));
        mica_dataset *d = mica_load_audio_folder(own, in_folder("threads"), MICA_TRAIN,
                                                 MICA_OPTIONS(audio_folder, .sampling_rate = 9000,
                                                              .output_sequence_length = 1000,
                                                              .max_broken = 0.5));
        ASSERT_OK(mica_check(own, &err));
        assert_int_equal(mica_dataset_size(d), SINES);
        uint32_t rows[SINES];
        for (uint32_t i = 0; i < SINES; i++) rows[i] = SINES - 1 - i;
        x[k] = malloc(SINES * 1000 * sizeof(float));
        for (int again = 0; again < 3; again++)
            ASSERT_OK(d->gather(d, 0, rows, SINES, MICA_FLOAT32, x[k], &err));
        mica_close(&own);
    }
    assert_memory_equal(x[0], x[1], SINES * 1000 * sizeof(float));
    free(x[0]), free(x[1]);
}

TEST(sounds_of_different_length_need_one) {
    if (!sound_supported()) skip();
    size_t size;
    unsigned char *bytes = get_file(SOUNDS "mono.wav", &size);
    put_file(in_folder("lengths/a/1.wav"), bytes, size);
    bytes[40] = 40, bytes[4] = 76;
    put_file(in_folder("lengths/b/2.wav"), bytes, size - 60);
    free(bytes);
    mica_load(ctx, in_folder("lengths"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "sounds of different length (a/1.wav 50 frames, b/2.wav 20), expected an "
                 "output_sequence_length: there are no ragged batches");
    mica_dataset *d = mica_load_audio_folder(
        ctx, in_folder("lengths"), MICA_TRAIN,
        MICA_OPTIONS(audio_folder, .output_sequence_length = 30));
    ASSERT_OK(mica_check(ctx, &err));
    float x[30];
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){1}, 1, MICA_FLOAT32, x, &err));
    assert_true(x[19] != 0 && x[20] == 0 && x[29] == 0);
    remove(in_folder("lengths/b/2.wav")); /* it goes while the data is used */
    uint32_t row = 1;
    assert_int_not_equal(d->gather(d, 0, &row, 1, MICA_FLOAT32, x, &err), MICA_OK);
    assert_non_null(strstr(err.message, "1 of 2 files are broken"));
}

TEST(a_build_without_libsndfile_says_so) {
    if (sound_supported()) skip();
    copy_file(SOUNDS "mono.wav", in_folder("none/a/1.wav"));
    mica_load(ctx, in_folder("none"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "it lacks libsndfile");
}

static int drop_recorded(void **state) { return json_decref(sources), 0; }

int main(void) {
    const struct CMUnitTest tests[] = {IN_CONTEXT(text_folders_are_what_keras_loads),
                                       IN_CONTEXT(text_folders_leave_out_what_is_no_utf8),
                                       IN_CONTEXT(texts_are_cut_between_letters),
                                       IN_CONTEXT(text_folders_take_labels_and_follow_links),
                                       IN_CONTEXT(windows_are_what_keras_makes),
                                       IN_CONTEXT(windows_that_cannot_be_are_refused),
                                       IN_CONTEXT(no_window_is_on_both_sides_of_a_split),
                                       IN_CONTEXT(sounds_are_what_tensorflow_decodes),
                                       IN_CONTEXT(sounds_that_do_not_go_together_are_told),
                                       IN_CONTEXT(sounds_of_several_channels_are_mixed_down),
                                       IN_CONTEXT(sounds_of_other_rates_are_resampled),
                                       IN_CONTEXT(sounds_of_many_threads_are_those_of_one),
                                       IN_CONTEXT(sounds_of_different_length_need_one),
                                       IN_CONTEXT(a_build_without_libsndfile_says_so)};
    return cmocka_run_group_tests(tests, NULL, drop_recorded);
}
