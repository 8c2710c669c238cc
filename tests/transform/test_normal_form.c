/* Normal forms on bytes that no table holds; on all characters: tests/cli/normal_forms.py. */
#include "transform/normal_form.h"

#include "support/testing.h"

static void expect(normal_form form, const char *text, const char *wanted) {
    strbuf out = {0};
    normal_form_put(form, text, strlen(text), &out);
    assert_false(out.failed);
    assert_string_equal(out.data, wanted);
    strbuf_free(&out);
}

static bool built_without(void) {
    mica_error err = {0};
    if (normal_form_supported(FORM_C, "t.csv", &err) == MICA_OK) return false;
    ASSERT_OK(normal_form_supported(FORM_NONE, "t.csv", &err));
    assert_non_null(strstr(err.message, "t.csv: normalize NFC: this mica was built without"));
    return true;
}

TEST(normal_form_keeps_broken_bytes) {
    if (built_without()) skip();
    expect(FORM_KC, "\xff\xef\xbc\xa1\xff",
           "\xff"
           "A\xff");
    expect(FORM_C, "e\xcc\x81\xc3", "\xc3\xa9\xc3");
    expect(FORM_C, "e\xff\xcc\x81", "e\xff\xcc\x81"); /* they do not come together */
    expect(FORM_D, "\xed\xa0\x80\xc3\xa9",
           "\xed\xa0\x80"
           "e\xcc\x81"); /* half of a pair */
}

TEST(normal_form_finds_its_name) {
    assert_int_equal(normal_form_by_name("NFKD"), FORM_KD);
    assert_int_equal(normal_form_by_name("none"), FORM_NONE);
    assert_int_equal(normal_form_by_name(NULL), FORM_NONE);
}

RUN_TESTS(UNIT(normal_form_keeps_broken_bytes), UNIT(normal_form_finds_its_name))
