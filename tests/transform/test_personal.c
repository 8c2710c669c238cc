/* Finding personal data: true values, near misses, numbers of python-stdnum
 * (tools/record_personal.py). */
#include "transform/personal.h"

#include "support/in_context.h"
#include "support/recorded.h"

#include <ctype.h>

/* The spans of the text as "kind:bytes kind:bytes". */
static const char *spans_of(const char *text, double certainty) {
    static char out[4096];
    personal_spans spans = {0};
    ASSERT_OK(personal_find(text, strlen(text), certainty, NULL, &spans, &err));
    out[0] = 0;
    for (size_t i = 0; i < spans.count; i++) {
        size_t n = strlen(out);
        snprintf(out + n, sizeof out - n, "%s%s%s:%.*s", n ? " | " : "",
                 spans.item[i].rest ? "rest of " : "", personal_kind_name(spans.item[i].kind),
                 (int)spans.item[i].length, text + spans.item[i].at);
    }
    personal_spans_free(&spans);
    return out;
}

static void finds(const char *text, const char *expected) {
    const char *found = spans_of(text, 0.55);
    if (strcmp(found, expected))
        fail_msg("\"%s\": found \"%s\", expected \"%s\"", text, found, expected);
}

/* After a cue, because eleven digits may be a Chinese mobile number as well. */
static bool found_whole(const char *kind, const char *number) {
    char text[128], expected[128];
    snprintf(text, sizeof text, "%s %s",
             strstr(kind, "german")   ? "Steuer-ID"
             : strstr(kind, "polish") ? "PESEL"
                                      : "number",
             number);
    snprintf(expected, sizeof expected, "%s:%s", kind, number);
    return strstr(spans_of(text, 0.01), expected) != NULL;
}

TEST(numbers_of_persons_are_found_where_stdnum_takes_them_and_not_where_it_refuses) {
    json_t *tree = recorded_json("personal.json"), *lists, *text;
    const char *kind;
    size_t i;
    json_object_foreach(tree, kind, lists) {
        json_array_foreach(json_object_get(lists, "valid"), i,
                           text) if (!found_whole(kind, json_string_value(text)))
            fail_msg("%s is no %s", json_string_value(text), kind);
        json_array_foreach(json_object_get(lists, "wrong"), i,
                           text) if (found_whole(kind, json_string_value(text)))
            fail_msg("%s is a %s", json_string_value(text), kind);
    }
    json_decref(tree);
}

TEST(mail_addresses_are_found) {
    finds("write to john.q+test@mail.example.co.uk, or (a_b@x-y.de).",
          "mail:john.q+test@mail.example.co.uk | mail:a_b@x-y.de");
    finds("邮箱zhang.wei@qq.com。", "mail:zhang.wei@qq.com");
    finds("a@b, a@b.c, @b.com, a@.com, a@-b.com, a@b-.com, a@b.c1, x@@y.com, @", "");
    finds("..dot@example.org", "mail:dot@example.org");
}

TEST(mail_addresses_have_letters_of_other_scripts) {
    finds("jörg.müller@example.com, иван@пример.рф, a@bücher.de.",
          "mail:jörg.müller@example.com | mail:иван@пример.рф | mail:a@bücher.de");
    finds("邮箱li@example.com请回复", "mail:li@example.com");
    finds("写给张三@example.cn吧", "mail:写给张三@example.cn"); /* no blank tells where it begins */
    finds("\xC3@example.com \xB6@b.cd ö@x", "");
}

TEST(full_width_letters_are_found_like_ascii) {
    finds("手机１３８００１３８０００，好", "chinese_mobile:１３８００１３８０００");
    finds("卡号４１１１１１１１１１１１１１１１", "card:４１１１１１１１１１１１１１１１");
    finds("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ：好", "mail:ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ");
    finds("姓名：王伟，电话１３８００１３８０００",
          "name:王伟 | chinese_mobile:１３８００１３８０００");
    finds("\xEF\xBC a \xEF", "");
}

TEST(phone_numbers_are_found) {
    finds("+49 30 901820, +1 (212) 555-0123", "phone:+49 30 901820 | phone:+1 (212) 555-0123");
    finds("(212) 555-0123 or 212-555-0123", "phone:(212) 555-0123 | phone:212-555-0123");
    finds("座机010-62751234，0571-87951234", "phone:010-62751234 | phone:0571-87951234");
    finds("112-555-0123, 212-155-0123, +1234567, +0123456789, 212 555 012, 5-212-555-0123", "");
    finds("手机13812345678，+86 138-1234-5678, 138 1234 5678",
          "chinese_mobile:13812345678 | chinese_mobile:+86 138-1234-5678 | "
          "chinese_mobile:138 1234 5678");
    finds("12812345678, 1381234567, 138123456789, a13812345678, 13812345678b", "");
}

TEST(cards_are_found_by_luhn) {
    finds("4111 1111 1111 1111 and 3782-822463-10005",
          "card:4111 1111 1111 1111 | card:3782-822463-10005");
    finds("5555555555554444", "card:5555555555554444");
    finds("4111 1111 1111 1112, 5555555555554445, 0000000000000000", "");
}

TEST(accounts_are_found_by_mod_97) {
    finds("IBAN GB82 WEST 1234 5698 7654 32!", "iban:GB82 WEST 1234 5698 7654 32");
    finds("DE89370400440532013000 FR1420041010050500013M02606",
          "iban:DE89370400440532013000 | iban:FR1420041010050500013M02606");
    finds("GB82 WEST 1234 5698 7654 33, DE8937040044053201300, ZZ89370400440532013000", "");
}

TEST(addresses_of_hosts_are_found) {
    finds("from 192.168.0.1:80 and 8.8.8.8.", "ipv4:192.168.0.1 | ipv4:8.8.8.8");
    finds("256.1.1.1, 1.2.3, 1.2.3.4.5, 01.2.3.4, v1.2.3.4", "");
    finds("2001:db8::8a2e:370:7334, fe80::1:2, 2001:0db8:0:0:0:0:2:1, [::ffff:192.0.2.1]",
          "ipv6:2001:db8::8a2e:370:7334 | ipv6:fe80::1:2 | ipv6:2001:0db8:0:0:0:0:2:1 | "
          "ipv6:::ffff:192.0.2.1");
    finds("12:30:45, std::abs, a::b::c, 1:2:3:4:5:6:7, 1:2:3:4:5:6:7:8:9, g::1:2, 12345::1:2", "");
}

TEST(numbers_of_states_are_found_by_their_checks) {
    finds("身份证号11010519491231002X，440524188001010014",
          "chinese_id:11010519491231002X | chinese_id:440524188001010014");
    finds("110105194912310020, 11010519491331002X, 99010519491231002X, 11010519490229002X", "");
    finds("SSN 078-05-1120; ssn 078051120", "us_ssn:078-05-1120 | us_ssn:078051120");
    finds("000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000 1123-45-6789", "");
    finds("12345678Z, 12345678-Z, X1234567L, x-1234567-l",
          "spanish_dni:12345678Z | spanish_dni:12345678-Z | spanish_dni:X1234567L | "
          "spanish_dni:x-1234567-l");
    finds("12345678A, X1234567M", "");
    finds("2 55 08 14 168 025 38", "french_nir:2 55 08 14 168 025 38");
    finds("255081416802539, 255131416802538", "");
    finds("RSSMRA85T10A562S, rssmra85t10a562s",
          "italian_fiscal_code:RSSMRA85T10A562S | italian_fiscal_code:rssmra85t10a562s");
    finds("RSSMRA85T10A562T, RSSMRA85T33A562S", "");
    finds("Steuer-ID 86 095 742 719, 47036892816",
          "german_tax_id:86 095 742 719 | german_tax_id:47036892816");
    finds("86095742718, 11111111111, 06095742719", "");
    finds("BSN: 111222333", "dutch_bsn:111222333");
    finds("111222333 without a word before it; BSN 111222334", "");
    finds("PESEL 44051401359, 02070803628", "polish_pesel:44051401359 | polish_pesel:02070803628");
    finds("44051401358, 44133201359", "");
    finds("811228-9874, 19811228-9874",
          "swedish_number:811228-9874 | swedish_number:19811228-9874");
    finds("811228-9875, 811328-9874", "");
    finds("131052-308T", "finnish_code:131052-308T");
    finds("131052-308U, 321052-308T", "");
    finds("85.07.30-033.28, 17.07.30-033.84",
          "belgian_number:85.07.30-033.28 | belgian_number:17.07.30-033.84");
    finds("85.07.30-033.29, 85.13.30-033.28", "");
}

TEST(chinese_addresses_are_found) {
    finds("我住在北京市海淀区中关村大街27号1101室，有事找我",
          "chinese_address:北京市海淀区中关村大街27号1101室");
    finds("地址：广东省深圳市南山区科技园路1号", "chinese_address:广东省深圳市南山区科技园路1号");
    finds("寄到浦东新区世纪大道100号", "chinese_address:浦东新区世纪大道100号");
    finds("北京欢迎你", "");
    finds("今天路上车多", "");
    finds("他有3号电池", "");
}

TEST(names_are_found_with_a_cue_a_title_or_alone) {
    finds("张伟", "name:张伟");
    finds("姓名：欧阳修文，联系人:李娜", "name:欧阳修文 | name:李娜");
    finds("今天王小明老师来了", "name:王小明");
    finds("黄色的花很高", "");
    finds("高级经理来了，谢谢老师", "");
    finds("Mary Johnson met John Q. Public", "name:Mary Johnson | name:John Q. Public");
    finds("Dear Mr. Okonkwo, Frau Müller-Lüdenscheidt called",
          "name:Okonkwo | name:Müller-Lüdenscheidt");
    finds("New York, Mary, The Johnson, maRY Johnson, Paris Hotel", "");
}

/* What nobody wants does not take the place of what is wanted; "Tina" is no "tin". */
TEST(kinds_that_are_not_wanted_are_not_there) {
    personal_spans spans = {0};
    bool wanted[PERSONAL_KINDS] = {[PERSONAL_chinese_mobile] = true, [PERSONAL_mail] = true};
    const char *text = "TIN: 13870596402";
    ASSERT_OK(personal_find(text, strlen(text), 0, NULL, &spans, &err));
    assert_int_equal(spans.item[0].kind, PERSONAL_german_tax_id);
    ASSERT_OK(personal_find(text, strlen(text), 0, wanted, &spans, &err));
    assert_int_equal(spans.count, 1);
    assert_int_equal(spans.item[0].kind, PERSONAL_chinese_mobile);
    personal_spans_free(&spans);
    finds("Tina: 13870596402", "chinese_mobile:13870596402");
}

TEST(chinese_names_are_found_in_running_text) {
    finds("请打13800138000联系张伟", "chinese_mobile:13800138000 | name:张伟");
    finds("王小明的电话是", "name:王小明");
    finds("客户陈建国投诉快递太慢", "name:陈建国");
    finds("昨天李娜打电话来，说和王芳一起去", "name:李娜 | name:王芳");
    finds("请通知刘伟处理，欧阳文静已确认", "name:刘伟 | name:欧阳文静");
    finds("由张丽华负责，转告赵敏明天到", "name:张丽华 | name:赵敏");
    finds("我叫张伟来自北京。感谢黄金华的帮助", "name:张伟 | name:黄金华");
    finds("联系安志强，问王磊。病人文秀英入院", "name:安志强 | name:王磊 | name:文秀英");
    finds("李明、王丽、陈浩宇", "name:李明 | name:王丽 | name:陈浩宇");
    finds("联系方式如下，用户余额不足，任何问题请联系客服", "");
    finds("由于天气，分钟后到；提高明显；感谢高度重视；黄金、石油，白云", "");
    finds("给客户方便，周末的时间，向前走，马上和他联系", "");
    finds("主张伟大的", "");
}

TEST(addresses_of_streets_are_found) {
    finds("Send it to 12 Main Street, Berlin please", "street_address:12 Main Street, Berlin");
    finds("He lives at 221B Baker St. and 1600 Pennsylvania Avenue NW, Washington, DC 20500",
          "street_address:221B Baker St. | "
          "street_address:1600 Pennsylvania Avenue NW, Washington, DC 20500");
    finds("350 5th Avenue, Apt 4B, New York, NY 10118-0110.",
          "street_address:350 5th Avenue, Apt 4B, New York, NY 10118-0110");
    finds("Hauptstraße 5, 10115 Berlin; Lange Str. 12a, Friedrich-Ebert-Allee 3",
          "street_address:Hauptstraße 5, 10115 Berlin | street_address:Lange Str. 12a | "
          "street_address:Friedrich-Ebert-Allee 3");
    finds("12 bis rue de la Paix, 75002 Paris",
          "street_address:12 bis rue de la Paix, 75002 Paris");
    finds("Calle Mayor 5, 28013 Madrid y Via Giuseppe Garibaldi, 10",
          "street_address:Calle Mayor 5, 28013 Madrid | street_address:Via Giuseppe Garibaldi, 10");
    finds("Keizersgracht 12, 1015 CJ Amsterdam",
          "street_address:Keizersgracht 12, 1015 CJ Amsterdam");
    finds("ul. Marszałkowska 10, 00-590 Warszawa",
          "street_address:ul. Marszałkowska 10, 00-590 Warszawa");
    finds("住在 12 Main Street", "street_address:12 Main Street");
    finds("12 Street lights, 5 Main issues on the road, 3 Dr. visits, Weg 5, the Ring 3 of 9", "");
    finds("in 2024 Wall Street fell, version 12 of Road Map, 12 angry men on the street", "");
    finds("Straße ohne Nummer, Hauptstraße, via Roma, rue 5", "");
}

TEST(cues_raise_the_certainty_and_the_surer_kind_wins) {
    personal_spans spans = {0};
    const char *plain = "id 711254187", *cued = "BSN-nummer 711254187";
    ASSERT_OK(personal_find(plain, strlen(plain), 0, NULL, &spans, &err));
    assert_int_equal(spans.count, 1);
    assert_true(spans.item[0].certainty < 0.5);
    ASSERT_OK(personal_find(cued, strlen(cued), 0, NULL, &spans, &err));
    assert_int_equal(spans.item[0].kind, PERSONAL_dutch_bsn);
    assert_true(spans.item[0].certainty > 0.9);
    ASSERT_OK(personal_find("", 0, 0, NULL, &spans, &err));
    assert_int_equal(spans.count, 0);
    personal_spans_free(&spans);
    finds("440524188001010014", "chinese_id:440524188001010014"); /* not a card */
    for (int k = 0; k < PERSONAL_KINDS; k++) assert_true(strlen(personal_kind_what(k)) > 5);
}

/* Whether every letter and digit of what one kind alone finds is in some span. */
static void covers(const char *text, const personal_spans *all, const personal_spans *alone) {
    for (size_t i = 0; i < alone->count; i++)
        for (size_t at = alone->item[i].at; at < alone->item[i].at + alone->item[i].length; at++) {
            bool in = !((unsigned char)text[at] >= 0x80 || isalnum((unsigned char)text[at]));
            for (size_t k = 0; k < all->count && !in; k++)
                in = at >= all->item[k].at && at < all->item[k].at + all->item[k].length;
            if (!in)
                fail_msg("\"%s\": byte %zu of a %s is in no span", text, at,
                         personal_kind_name(alone->item[i].kind));
        }
}

TEST(of_finds_that_overlap_nothing_stays_readable) {
    static const char *const texts[] = {
        "lives at 12 Main Street, Berlin anna@example.com today",
        "IBAN GB82 WEST 1234 5698 7654 32 4111 1111 1111 1111",
        "card 4111 1111 1111 1111 500 tel +49 30 4111 1111 1111 1111",
        "call +1 415 555 2671 192.168.1.20, 手机 13800138000",
        "住在北京市海淀区中关村大街13800138000号3室",
        "北京市海淀区中关村大街5号anna@example.com",
        "Mr. John.Smith@example.com Doe, PESEL 44051401359 5 Main Street",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        personal_spans all = {0}, alone = {0};
        ASSERT_OK(personal_find(texts[i], strlen(texts[i]), 0, NULL, &all, &err));
        for (int k = 0; k < PERSONAL_KINDS; k++) {
            bool wanted[PERSONAL_KINDS] = {0};
            wanted[k] = true;
            ASSERT_OK(personal_find(texts[i], strlen(texts[i]), 0, wanted, &alone, &err));
            covers(texts[i], &all, &alone);
        }
        personal_spans_free(&alone);
        personal_spans_free(&all);
    }
    finds("tel +49 30 4111 1111 1111 1111", "rest of card:30  | card:4111 1111 1111 1111");
    finds("call +1 415 555 2671 192.168.1.20",
          "rest of chinese_mobile:1  | phone:415 555 2671 | ipv4:192.168.1.20");
}

/* What is left beside a surer one: letters and digits; each byte in one span. */
TEST(spans_from_anywhere_are_settled_into_their_union) {
    const char *text = "abcdefghij, klmno";
    const personal_span given[] = {{0, 17, PERSONAL_street_address, 0.6, false},
                                   {2, 3, PERSONAL_mail, 0.9, false},
                                   {4, 6, PERSONAL_phone, 0.8, false},
                                   {12, 5, PERSONAL_iban, 0.99, false}};
    static const struct {
        size_t at, length;
        personal_kind kind;
        bool rest;
    } expected[] = {{0, 2, PERSONAL_street_address, true},
                    {2, 3, PERSONAL_mail, false},
                    {5, 5, PERSONAL_phone, true},
                    {12, 5, PERSONAL_iban, false}};
    personal_spans spans = {0};
    for (size_t i = 0; i < 4; i++) assert_true(personal_spans_add(&spans, given[i]));
    ASSERT_OK(personal_spans_settle(&spans, text, strlen(text), &err));
    assert_int_equal(spans.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(spans.item[i].at, expected[i].at);
        assert_int_equal(spans.item[i].length, expected[i].length);
        assert_int_equal(spans.item[i].kind, expected[i].kind);
        assert_int_equal(spans.item[i].rest, expected[i].rest);
    }
    personal_spans_free(&spans);
}

RUN_TESTS(IN_CONTEXT(numbers_of_persons_are_found_where_stdnum_takes_them_and_not_where_it_refuses),
          IN_CONTEXT(mail_addresses_are_found),
          IN_CONTEXT(mail_addresses_have_letters_of_other_scripts),
          IN_CONTEXT(full_width_letters_are_found_like_ascii),
          IN_CONTEXT(kinds_that_are_not_wanted_are_not_there), IN_CONTEXT(phone_numbers_are_found),
          IN_CONTEXT(cards_are_found_by_luhn), IN_CONTEXT(accounts_are_found_by_mod_97),
          IN_CONTEXT(addresses_of_hosts_are_found),
          IN_CONTEXT(numbers_of_states_are_found_by_their_checks),
          IN_CONTEXT(chinese_addresses_are_found),
          IN_CONTEXT(names_are_found_with_a_cue_a_title_or_alone),
          IN_CONTEXT(chinese_names_are_found_in_running_text),
          IN_CONTEXT(addresses_of_streets_are_found),
          IN_CONTEXT(cues_raise_the_certainty_and_the_surer_kind_wins),
          IN_CONTEXT(of_finds_that_overlap_nothing_stays_readable),
          IN_CONTEXT(spans_from_anywhere_are_settled_into_their_union))
