// Asks a server for the outputs of a model of tensors, in C++17: client_cpp URL MODEL. The input is
// 0, 1/n, 2/n, ... n - 1/n, as many as the model takes.
#include <mica/mica.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

struct closing {
    void operator()(mica_client *c) const { mica_client_close(&c); }
};

static void check(mica_status status, const mica_error &err) {
    if (status != MICA_OK) throw std::runtime_error(err.message);
}

static void ask(const char *url, const char *model) {
    mica_error err = {};
    mica_client *opened = nullptr;
    mica_client_options options = mica_client_defaults();
    options.timeout_ms = 10000;
    check(mica_client_open(url, &options, &opened, &err), err);
    std::unique_ptr<mica_client, closing> client(opened);

    const mica_client_model *m = nullptr;
    check(mica_client_describe(client.get(), model, nullptr, &m, &err), err);
    mica_client_tensor input = m->input[0];
    std::size_t count = 1;
    for (int i = 0; i < input.shape.rank; i++) {
        if (input.shape.dims[i] < 0) input.shape.dims[i] = 1;
        count *= static_cast<std::size_t>(input.shape.dims[i]);
    }
    std::vector<float> x(count);
    for (std::size_t i = 0; i < count; i++)
        x[i] = static_cast<float>(i) / static_cast<float>(count);
    input.data = x.data();

    const mica_answer *answer = nullptr;
    check(mica_client_infer(client.get(), model, &input, 1, nullptr, &answer, &err), err);
    const auto *y = static_cast<const float *>(answer->output[0].data);
    for (int64_t i = 0; i < answer->output[0].shape.dims[1]; i++) std::printf("%.7g\n", y[i]);
}

int main(int argc, char **argv) {
    try {
        if (argc < 3) throw std::runtime_error("client_cpp URL MODEL");
        ask(argv[1], argv[2]);
        return 0;
    } catch (const std::exception &e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
