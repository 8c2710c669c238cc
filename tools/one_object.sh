#!/bin/sh
# Makes a static library of one object in which hidden symbols are local, so that nothing but
# mica_ names can meet a program's own: one_object.sh LD OBJCOPY AR INPUT.a OUTPUT.a FOLDER
set -eu
ld=$1 objcopy=$2 ar=$3 input=$4 output=$5 folder=$6
mkdir -p "$folder"
"$ld" -r --whole-archive "$input" -o "$folder/mica.o"
"$objcopy" --localize-hidden "$folder/mica.o"
rm -f "$output"
"$ar" rcs "$output" "$folder/mica.o"
