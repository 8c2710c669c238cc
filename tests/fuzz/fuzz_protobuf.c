/* Messages of gRPC: any bytes give fields or an error, and a request fits its model or is refused.
 */
#include "serve/grpc_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(protobuf p, int depth) {
    uint64_t number;
    while (protobuf_next(&p)) {
        if (p.type != PROTOBUF_BYTES) continue;
        for (protobuf n = protobuf_packed(&p); protobuf_number(&n, PROTOBUF_VARINT, &number);) {
        }
        if (depth) look(protobuf_inside(&p), depth - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const contract c = {.name = "m",
                               .version = "1",
                               .inputs = 3,
                               .outputs = 1,
                               .in = {{"a", MICA_FLOAT32, {2, {-1, 3}}},
                                      {"b", MICA_INT8, {2, {-1, 2}}},
                                      {"s", MICA_STRING, {2, {-1, 1}}}},
                               .out = {{"y", MICA_FLOAT32, {2, {-1, 3}}}}};
    static inference x;
    bool raw;
    grpc_names names;
    look(protobuf_of(data, size), 3);
    grpc_read_names(data, size, &names, NULL);
    grpc_read_change(data, size, &names, NULL);
    for (int inputs = 1; inputs <= 3; inputs++) {
        contract some = c;
        strbuf out = {0};
        some.inputs = inputs;
        x.contract = &some;
        if (grpc_read_infer(&x, data, size, &raw, NULL) == MICA_OK) {
            x.out[0] = arena_take(&x.memory, (size_t)x.rows * 3 * sizeof(float));
            x.out_shape[0] = (shape){2, {x.rows, 3}};
            if (x.out[0]) grpc_write_infer(&x, raw, &out, NULL);
        }
        inference_clear(&x); /* while its contract lives */
        strbuf_free(&out);
    }
    return 0;
}
