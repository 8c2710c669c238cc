/* mica init of class folders of sounds: a network on the waveform, and the rate and length that all
 * sounds get. */
#include "cli/data_made.h"
#include "cli/init.h"

/* The rate of most files. */
static int64_t usual_rate(const json_t *sounds, int64_t *rates) {
    json_t *one, *list = json_object_get(sounds, "rates");
    int64_t rate = 0, most = 0;
    size_t i;
    *rates = (int64_t)json_array_size(list);
    json_array_foreach(list, i, one) if (json_number_of(one, "files") > most) {
        most = json_number_of(one, "files");
        rate = json_number_of(one, "sampling_rate");
    }
    return rate;
}

/* What the sounds are, as data describe has it, with these options; free by json_decref. */
static mica_status look_at_sounds(init *i, const json_t *options, json_t **out, mica_error *err) {
    mica_dataset *d = NULL;
    json_t *all = json_object();
    mica_status status = all ? dataset_load_with(i->ctx, i->spec, options, MICA_TRAIN, &d, err)
                             : fail_no_memory(err, i->spec);
    if (status == MICA_OK) status = d->describe(d, all, err);
    *out = json_incref(json_object_get(all, "sounds"));
    json_decref(all);
    mica_dataset_destroy(&d);
    return status;
}

/* The rate and length that all get, where files differ: the usual rate; the longest one's length,
 * or twice the mean one where few are that long. */
static mica_status sound_options(init *i, json_t *options, mica_error *err) {
    json_t *sounds = NULL, *any = json_pack("{s:i, s:f, s:s}", "output_sequence_length", 1,
                                            "max_broken", 1.0, "channels", "mono");
    int64_t rates = 0;
    mica_status status = look_at_sounds(i, any, &sounds, err);
    int64_t rate = usual_rate(sounds, &rates);
    if (status == MICA_OK && rates > 1) {
        init_warn(i, NULL, "rates", "sounds of %lld rates: all are resampled to %lld",
                  (long long)rates, (long long)rate);
        json_object_set_new(options, "sampling_rate", json_integer(rate));
        json_object_set_new(any, "sampling_rate", json_integer(rate));
        json_object_del(any, "max_broken");
        json_object_update(any, i->given);
        json_decref(sounds);
        status = look_at_sounds(i, any, &sounds, err);
    }
    const size_t channels = json_array_size(json_object_get(sounds, "channel_counts"));
    if (status == MICA_OK && channels > 1) {
        init_warn(i, NULL, "channels", "sounds of %zu numbers of channels: all become mono",
                  channels);
        json_object_set_new(options, "channels", json_string("mono"));
    }
    const json_t *lengths = json_object_get(sounds, "lengths");
    const double least = json_number_value(json_object_get(lengths, "min")),
                 mean = json_number_value(json_object_get(lengths, "mean")),
                 most = json_number_value(json_object_get(lengths, "max"));
    if (status == MICA_OK && least != most) {
        int64_t frames = (int64_t)(most > 2 * mean ? 2 * mean : most);
        init_warn(i, NULL, "lengths",
                  "sounds of %.3g to %.3g seconds: all are cut or filled up to %.3g",
                  least / (double)rate, most / (double)rate, (double)frames / (double)rate);
        json_object_set_new(options, "output_sequence_length", json_integer(frames));
    }
    json_decref(sounds);
    json_decref(any);
    return status;
}

/* Convolutions along the waveform, after Dai et al. (2016). */
static void add_waveform(json_t *layers, int64_t frames) {
    static const int filters[] = {32, 32, 64, 128};
    int64_t left = frames, kernel = 80;
    for (size_t k = 0; k < LENGTH(filters) && left >= (k ? 8 : 1); k++) {
        const int64_t size = kernel < left ? kernel : left, step = k || left < 320 ? 1 : 4;
        json_array_append_new(layers,
                              json_pack("{s:{s:i, s:I, s:I, s:s, s:s}}", "Conv1D", "filters",
                                        filters[k], "kernel_size", (json_int_t)size, "strides",
                                        (json_int_t)step, "padding", "same", "activation", "relu"));
        left = (left + step - 1) / step;
        kernel = 3;
        if (left < 8) break;
        init_add(layers, "{\"MaxPooling1D\": {\"pool_size\": 4}}");
        left /= 4;
    }
    init_add(layers, "\"GlobalAveragePooling1D\"");
}

mica_status init_sounds(init *i, mica_error *err) {
    mica_dataset *d = NULL;
    json_t *options = json_deep_copy(i->given), *layers = json_array();
    mica_status status = options && layers ? sound_options(i, options, err)
                                           : fail_no_memory(err, i->spec);
    if (status == MICA_OK)
        status = dataset_load_with(i->ctx, i->spec, options, MICA_TRAIN, &d, err);
    if (status == MICA_OK) {
        const shape *s = &d->column[0].shape;
        add_waveform(layers, s->dims[0]);
        i->model = json_pack("{s:[I, I], s:o}", "input", (json_int_t)s->dims[0],
                             (json_int_t)s->dims[1], "layers", layers);
        status = init_folder(i, layers, d, err);
        if (json_object_size(options)) json_object_set(i->data, "preprocessing", options);
    } else json_decref(layers);
    json_decref(options);
    return status;
}
