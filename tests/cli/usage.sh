#!/bin/sh
# Wrong usage: exit 2, the nearest name, nothing on standard output.
. "$MICA_SOURCE/tests/cli/common.sh"
wrong() { # TEXT ARGUMENTS…
    text=$1; shift
    run 2 "$@"
    says err "$text"
    silent out
}
run 2
says err 'Usage: mica COMMAND'
wrong "unknown command 'trian' (did you mean 'train'?)" trian
wrong "unknown command 'xyzzy'" help xyzzy
wrong "unknown option --epoch (did you mean --epochs?)" train r.json --epoch 3
wrong "unknown option --epoch (did you mean --epochs?)" train r.json --epoch=3
wrong 'unknown option -x' train r.json -x
wrong '--epochs wants a whole number of at least 1' train r.json --epochs 0
wrong '--epochs wants a whole number' train r.json --epochs 1.5
wrong '--seed wants a whole number of at least 0' train r.json --seed=-1
wrong '--validation-split wants a number from 0 to' train r.json --validation-split 1
wrong '--learning-rate wants a number' train r.json --learning-rate nan
wrong '--epochs wants a value' train r.json --epochs
wrong '--json takes no value' train r.json --json=1
wrong '--backend gpu is not in this build' train r.json --backend gpu
wrong 'expected: mica train' train
wrong 'a recipe or --model, not both' train r.json --model m.h5
wrong '--model needs --data' train --model m.h5
wrong "unexpected argument 'b'" train a b
wrong '--data SPEC must be given' evaluate m.h5
wrong 'expected: mica evaluate' evaluate
wrong 'expected: mica predict' predict m.h5
wrong 'not both' predict m.h5 a.npy --input b.npy
wrong 'expected: mica bench' bench
wrong 'expected: mica verify' verify
wrong '--rtol wants a number' verify x --rtol many
wrong "no list 'layer' (did you mean 'layers'?)" list layer
wrong "no list 'everything'" list everything
finish
