/* Head, style and text of SVG pictures. See svg.h. */
#include "chart/svg.h"

/* Dark schemes are for readers that know media queries; others see the light one. */
static const char style[] =
    "<style>"
    ".mica text{font:12px system-ui,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft "
    "YaHei',sans-serif;fill:#222}"
    ".mica .title{font-weight:600;font-size:13px}.mica .small{font-size:11px}"
    ".mica .back{fill:#fff}.mica .grid{stroke:#ddd;stroke-width:1}"
    ".mica .axis{stroke:#888;stroke-width:1}"
    ".mica .line{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".mica .cell{fill:#0072b2}.mica .on{fill:#fff}.mica .edge{fill:none;stroke:#ccc}"
    ".mica .c0{stroke:#0072b2}.mica .c1{stroke:#d55e00}.mica .c2{stroke:#009e73}"
    ".mica .c3{stroke:#cc79a7}.mica .c4{stroke:#56b4e9}.mica .c5{stroke:#e69f00}"
    ".mica .c6{stroke:#000}.mica .mark{fill:#fff;stroke-width:1.5}"
    "@media(prefers-color-scheme:dark){.mica text{fill:#ddd}.mica .back{fill:#1b1b1f}"
    ".mica .grid{stroke:#3a3a40}.mica .edge{stroke:#444}.mica .cell{fill:#56b4e9}"
    ".mica .on{fill:#000}.mica .mark{fill:#1b1b1f}.mica .c0{stroke:#56b4e9}"
    ".mica .c1{stroke:#e69f00}.mica .c4{stroke:#0072b2}.mica .c5{stroke:#d55e00}"
    ".mica .c6{stroke:#fff}}"
    "</style>";

void xml_add(strbuf *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '&': strbuf_add(out, "&amp;"); break;
        case '<': strbuf_add(out, "&lt;"); break;
        case '>': strbuf_add(out, "&gt;"); break;
        case '"': strbuf_add(out, "&quot;"); break;
        default: strbuf_put(out, text, 1);
        }
    }
}

void svg_begin(strbuf *svg, const char *title, int width, int height) {
    strbuf_add(svg,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"mica\" role=\"img\" width=\"%d\" "
               "height=\"%d\" viewBox=\"0 0 %d %d\">\n<title>",
               width, height, width, height);
    xml_add(svg, title);
    strbuf_add(svg, "</title>\n%s\n<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n", style,
               width, height);
}

void svg_end(strbuf *svg) { strbuf_add(svg, "</svg>\n"); }

void svg_text(strbuf *svg, double x, double y, const char *anchor, const char *style_name,
              const char *text) {
    strbuf_add(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
               style_name);
    xml_add(svg, text);
    strbuf_add(svg, "</text>\n");
}

/* Letters of Latin text are about half as wide as high, Chinese ones square. */
double svg_text_width(const char *text) {
    double width = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80) width += 6.8;
        else if (c >= 0xe0) width += 12;
        else if (c >= 0xc0) width += 7.5; /* what continues a character adds nothing */
    }
    return width;
}
