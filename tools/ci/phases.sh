# The phases of .ci/run, one function each; sourced by it. Each may end with 'N passed, N failed'.
# shellcheck shell=bash disable=SC2154 # $scratch is set by .ci/run

phase_title() {
    case $1 in
    packages) echo 'what building and testing need' ;;
    test) echo "the README's test command, warnings as errors" ;;
    lint) echo 'format, clang-tidy, levels, sizes, exported symbols' ;;
    clang) echo 'clang, warnings as errors' ;;
    small) echo 'the small build: only what is required' ;;
    arm64) echo 'the small build for arm64, under qemu' ;;
    onednn3) echo 'oneDNN 3.2 from PyPI' ;;
    address) echo 'address and undefined-behaviour sanitizers' ;;
    thread) echo 'thread sanitizer, own threads' ;;
    fuzz) echo "every fuzz target, ${FUZZ_SECONDS:-20} s each" ;;
    interop) echo 'Keras, tf_keras and h5py in a virtual environment' ;;
    install) echo 'programs against the installed library, shared and static' ;;
    examples) echo 'every example, from a folder of its own' ;;
    mnist) echo 'the main job, then evaluate' ;;
    esac
}

setup() { # setup FOLDER meson arguments…: configures once
    local build=$1
    shift
    [ -f "$build/build.ninja" ] || meson setup "$build" --werror "$@"
}

venv() { # venv NAME packages…: a virtual environment outside the tree, made once
    local folder=$scratch/venv-$1
    shift
    [ -f "$folder/ready" ] && return
    python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" && touch "$folder/ready"
}

phase_packages() { tools/install_deps.sh --for ci; }

phase_test() { make test MESON_ARGS=--werror; }

phase_lint() { tools/lint.sh build; }

phase_clang() { # without large data: what they take is alike with every compiler and library
    CC=clang CXX=clang++ setup build-clang && ninja -C build-clang &&
        tools/run_tests.sh build-clang --no-suite memory
}

phase_small() {
    setup build-small -Dauto_features=disabled && ninja -C build-small &&
        tools/run_tests.sh build-small
}

phase_arm64() { # without the slow tests: they count allocations, alike on every processor
    local wanted=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user libc6:arm64
        zlib1g-dev:arm64 libjansson-dev:arm64 libcmocka-dev:arm64)
    if ! dpkg-query -W "${wanted[@]}" >/dev/null 2>&1; then
        dpkg --add-architecture arm64 && apt-get -q update >/dev/null &&
            DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
                "${wanted[@]}" >/dev/null || return 1
    fi
    setup build-arm64 --cross-file tools/ci/arm64.ini -Dauto_features=disabled &&
        ninja -C build-arm64 && tools/run_tests.sh build-arm64 -t 10 --no-suite tree --no-suite slow
}

phase_onednn3() {
    venv onednn3 onednn-devel-cpu-gomp==2023.2.0 onednn-cpu-gomp==2023.2.0 &&
        setup build-onednn3 "-Donednn_dir=$scratch/venv-onednn3" -Donednn=enabled &&
        ninja -C build-onednn3 && tools/run_tests.sh build-onednn3 --no-suite memory
}

phase_address() { tools/sanitize.sh address build-sanitize; }

phase_thread() { tools/sanitize.sh thread build-thread; }

phase_fuzz() { tools/fuzz.sh build-fuzz "${FUZZ_SECONDS:-20}"; }

phase_interop() { # every tests/interop/*.py, by the Python that has its peers
    local scripts=(tests/interop/test_*.py) script peers passed=0 failed=0 line
    [ -e "${scripts[0]}" ] || { echo 'no interop tests'; return 1; }
    venv peers -r tests/interop/requirements.txt || return 1
    venv clients -r tests/interop/requirements-serve.txt || return 1
    for script in "${scripts[@]}"; do
        echo "-- $script"
        case $script in *test_serve_*) peers=clients ;; *) peers=peers ;; esac
        if MICA=$PWD/build/mica MICA_SOURCE=$PWD TF_CPP_MIN_LOG_LEVEL=2 \
            "$scratch/venv-$peers/bin/python" "$script" >"$scratch/interop" 2>&1; then
            tail -n 3 "$scratch/interop"
        else
            tail -n 60 "$scratch/interop"
            failed=$((failed + 1))
        fi
        line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$scratch/interop" | tail -n 1)
        passed=$((passed + $(echo "${line:-0}" | cut -d ' ' -f 1)))
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

phase_install() { tools/ci/check_install.sh build "$scratch/installed"; }

phase_examples() { # they read data/ and examples/, and write beside; the long ones in a short form
    local folder=$scratch/examples program passed=0 failed=0 arguments server url
    mkdir -p "$folder" && ln -sfn "$PWD/data" "$PWD/examples" "$folder"
    : >"$scratch/served" # whom the clients ask
    build/mica serve mnist=data/mnist/mnist_model.h5 --port 0 --json --as-root >"$scratch/served" &
    server=$!
    while ! grep -q '"port"' "$scratch/served" && kill -0 "$server"; do sleep 0.1; done
    url=http://127.0.0.1:$(sed -n 's/.*"port": *\([0-9]*\).*/\1/p' "$scratch/served")
    for program in build/examples/*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        arguments=()
        case $(basename "$program") in
        gan) arguments=(2 20) ;;
        autoencoder) arguments=(1 6400) ;;
        mnist_improved) arguments=(1 1) ;;
        client | client_cpp) arguments=("$url" mnist data/mnist/seven.png) ;;
        esac
        echo "-- $program ${arguments[*]}"
        if (cd "$folder" && timeout 600 "$OLDPWD/$program" "${arguments[@]}" | tail -n 8
            exit "${PIPESTATUS[0]}"); then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
    kill "$server" && wait "$server" || failed=$((failed + 1))
    echo "$passed passed, $failed failed"
    [ "$passed" -gt 0 ] && [ "$failed" = 0 ]
}

phase_mnist() { # in a clone's own folder, as a user does it
    local output=$scratch/mnist
    mkdir -p "$output"
    make mnist && mv mnist_model.h5 "$output/" &&
        build/mica evaluate "$output/mnist_model.h5" --data data/mnist --json >"$output/result" &&
        cat "$output/result" && python3 - "$output/result" <<'PY'
import json, sys
accuracy = json.load(open(sys.argv[1]))["accuracy"]
if accuracy < 0.985:
    sys.exit(f"accuracy {accuracy}, expected at least 0.985")
PY
}
