/* Paths, hosts and origins. */
#include "serve/routing.h"
#include "support/testing.h"

static const route *find(const char *method, const char *path, path_parts *parts) {
    bool known;
    return route_find(method, path, false, parts, &known);
}

TEST(parts_of_a_path_are_decoded) {
    path_parts p;
    const route *r = find("POST", "/v2/models/my%20model/versions/12/infer", &p);
    assert_non_null(r);
    assert_string_equal(p.model, "my model");
    assert_string_equal(p.version, "12");
    r = find("POST", "/v2/models/a/infer", &p);
    assert_non_null(r);
    assert_string_equal(p.model, "a");
    assert_string_equal(p.version, "");
}

TEST(broken_paths_are_nowhere) {
    path_parts p;
    static const char *const paths[] = {"/v2/models//infer",    "/v2/models/a%/infer",
                                        "/v2/models/a%0/infer", "/v2/models/a%00b/infer",
                                        "/v2/models/a/infer/",  "/v2/models/a",
                                        "/v2/models/a/b/infer", "",
                                        "/v2/models/%zz/infer"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (find("POST", paths[i], &p)) fail_msg("%s has a route", paths[i]);
    char longer[400] = "/v2/models/";
    memset(longer + 11, 'a', 300);
    strcpy(longer + 311, "/infer");
    assert_null(find("POST", longer, &p));
}

TEST(another_method_is_known_and_head_is_get) {
    path_parts p;
    bool known;
    assert_null(route_find("GET", "/v2/models/a/infer", false, &p, &known));
    assert_true(known);
    assert_non_null(route_find("HEAD", "/v2/health/live", false, &p, &known));
    assert_null(route_find("GET", "/metrics", false, &p, &known));
    assert_false(known);
    assert_non_null(route_find("GET", "/metrics", true, &p, &known));
}

TEST(allow_has_the_methods_of_all_routes) {
    char allow[ALLOW_ROOM];
    for (size_t i = 0; all_routes[i]; i++) {
        route_methods("*", all_routes[i]->control, allow);
        assert_non_null(strstr(allow, all_routes[i]->method));
        assert_non_null(strstr(allow, "OPTIONS"));
    }
}

TEST(hosts_are_this_server_alone) {
    server s = {.o = {.host = "127.0.0.1"}};
    assert_true(host_allowed(&s, "localhost:8080"));
    assert_true(host_allowed(&s, "127.0.0.1"));
    assert_true(host_allowed(&s, "[::1]:8080"));
    assert_false(host_allowed(&s, "evil.example:8080"));
    assert_false(host_allowed(&s, "localhost.evil.example"));
    assert_false(host_allowed(&s, NULL));
    s.o.host_names = (const char *const[]){"models.example"}, s.o.host_count = 1;
    assert_true(host_allowed(&s, "Models.Example:443"));
    server open = {.o = {.host = "0.0.0.0"}};
    assert_true(host_allowed(&open, "anything.example"));
}

TEST(origins_are_the_same_host_or_none) {
    assert_true(origin_allowed(NULL, "localhost:8080"));
    assert_true(origin_allowed("http://localhost:8080", "localhost:8080"));
    assert_false(origin_allowed("http://localhost:8081", "localhost:8080"));
    assert_false(origin_allowed("null", "localhost:8080"));
    assert_false(origin_allowed("https://evil.example", "localhost:8080"));
}

RUN_TESTS(UNIT(allow_has_the_methods_of_all_routes), UNIT(parts_of_a_path_are_decoded),
          UNIT(broken_paths_are_nowhere), UNIT(another_method_is_known_and_head_is_get),
          UNIT(hosts_are_this_server_alone), UNIT(origins_are_the_same_host_or_none))
