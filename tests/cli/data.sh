#!/bin/sh
# mica data: its commands, help at every place, what is no command.
. "$MICA_SOURCE/tests/cli/common.sh"

# page FILE: HTML that refers to nothing outside, whose pictures are well-formed XML.
page() {
    python3 - "$1" <<'PYTHON' || failed "$1 is no page by itself"
import re, sys, xml.etree.ElementTree
text = open(sys.argv[1], encoding="utf-8").read()
assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
for svg in re.findall(r"<svg.*?</svg>", text, re.S):
    xml.etree.ElementTree.fromstring(svg)
assert not re.search(r"(src|href)=\"(?!data:)|@import|url\(", text)
PYTHON
}

run 2 data; says err 'Usage: mica data COMMAND'
run 2 data descripe; says err "mica data: unknown command 'descripe' (did you mean 'describe'?)"
run 0 data --help; says out '  describe '
for name in $("$MICA" list data | cut -d' ' -f1); do
    run 0 data "$name" --help; says out "Usage: mica data $name"
    cp out long
    run 0 help data "$name"; same out long
    run 0 man data; says out "mica data $name"
done
run 2 help data absent; says err "unknown command 'absent'"
run 2 data describe; says err 'expected: mica data describe SPEC'
run 2 data describe x --jso; says err 'mica data describe: unknown option --jso (did you mean --json?)'

# ---- samples: shapes, classes ----
make_data data 41 8
run 0 data describe data --json
json out "it['rows'] == 41 and [a['shape'] for a in it['arrays']] == [[8, 8], []]"
json out "[c['count'] for c in it['classes']] == [11, 10, 10, 10]"
run 0 data describe data --test; says out '8 samples'; says out '(8, 8)'; says out '25.0 %'
run 1 data describe absent --json
json out "it['code'] == 'IO'"

# ---- speed and contact sheets ----
run 0 data bench data --batch-size 16 --json
json out "it['samples'] == 41 and it['broken'] == 0 and it['samples_per_second'] > 0 and it['peak_rss_mib'] > 0"
run 0 data bench data --test --epochs 2; says out '8 samples, '
printf 'a,b\n1,x\n,y\n2,x\n3,y\n' >gaps.csv; run 0 data bench gaps.csv --json; json out "it['samples'] == 4 and it['samples'] / it['samples_per_second'] >= it['load_seconds']" # reading counts
printf 'a,city,y\n1,red,0\n2,blue,1\n3,red,0\n' >words.csv; run 0 data bench words.csv --json; json out "it['samples'] == 3" # texts are categories
run 1 data bench data --image-size 8x8; says err 'image_size'
mkdir -p pictures/Cat pictures/dog
printf 'P6 3 2 255\n\377\0\0\377\0\0\377\0\0\377\0\0\377\0\0\377\0\0' > pictures/Cat/1.ppm
printf 'P6 3 2 255\n\0\377\0\0\377\0\0\377\0\0\377\0\0\377\0\0\377\0' > pictures/dog/1.ppm
run 0 data preview pictures --image-size 40x60 --no-shuffle --output grid.png --json
json out "it == {'output': 'grid.png', 'samples': 2, 'labels': ['Cat', 'dog']}"
[ -s grid.png ] || failed 'no grid.png'
run 0 data preview data --batch-size 4 --seed 3 --output a.png --json; cp out first
run 0 data preview data --batch-size 4 --seed 3 --output a.png --json; same out first
printf 'hello' > pictures/dog/2.jpg
run 0 data describe pictures --json
json out "it['pictures']['kinds'] == {'PPM': 2} and it['pictures']['channels'] == {'3': 2}"
json out "it['pictures']['width'] == {'min': 3, 'mean': 3.0, 'median': 3.0, 'max': 3} and it['broken'] == 1"
json out "it['broken_files'][0]['path'].endswith('dog/2.jpg') and 'not a picture' in it['broken_files'][0]['reason']"
run 0 data describe pictures; says out 'kinds: PPM 2'; says out 'width: 3 to 3, mean 3.0'; says out '2.jpg: not a picture'
run 0 data describe pictures --html p.html --json
json out "it['rows'] == 2 and it['pictures']['sizes'] == [{'size': '3x2', 'count': 2}]"
page p.html; says p.html 'data:image/png;base64,'; says p.html '2.jpg: not a picture'; says p.html '3x2'
run 1 data describe pictures --max-broken 0.2; says err '1 of 3 files are broken, more than the 20 %'
run 1 data bench pictures; says err 'max_broken'
for command in bench preview 'convert --no-shuffle'; do
    out=; [ "$command" = 'convert --no-shuffle' ] && out=x.npz
    run 0 data $command pictures $out --max-broken 0.4; says err '1 file is broken and left out: pictures/dog/2.jpg'
done
rm pictures/dog/2.jpg
printf 'x,day,who,ok\n1,2024-01-05,<a>,True\n2.5,2024-02-05,b,False\n,2024-02-05,<a>,\n' > t.csv
run 0 data describe t.csv --html t.html --lang zh
says out '3 rows'; page t.html
says t.html '<html lang="zh-CN">'; says t.html '各列'; says t.html '&lt;a&gt;'; says t.html '2024-01-05'; says t.html '2 (66.7 %)'; says t.html '&lt;a&gt; (2)'; says t.html '<td>日期</td>'
run 1 data describe t.csv --html no/such/folder/t.html; says err 'no/such/folder'
run 0 data describe data --html d.html; page d.html; says d.html 'samples: 41'; says d.html 'data:image/png'

run 1 data bench pictures --image-size 40y60; says err 'expected HxW'
run 1 data preview pictures --image-size 60000 --batch-size 2 --output big.png; says err MEMORY
finish
