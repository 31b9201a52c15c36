// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <stdexcept>
#include <string_view>

namespace timed::bench {
namespace {

std::string rendered(std::string_view text, std::string_view data,
                     const template_map& includes = {}) {
  return render(text, boost::json::parse(data), includes);
}

TEST(render, fills_in_values_escaped_or_raw) {
  EXPECT_EQ(rendered("{{a}} {{{a}}} {{ n }}", R"({"a": "<&'\">", "n": 7})"),
            "&lt;&amp;&#39;&quot;&gt; <&'\"> 7");
}

TEST(render, repeats_a_section_for_each_element) {
  EXPECT_EQ(rendered("{{#rows}}{{x}}{{y}};{{/rows}}", R"({"rows": [{"x": 1}, {"x": 2}], "y": 0})"),
            "10;20;");
  EXPECT_EQ(rendered("{{#names}}[{{.}}]{{/names}}", R"({"names": ["a", "", "b"]})"), "[a][][b]");
}

TEST(render, renders_a_section_once_for_a_value_and_not_at_all_without_one) {
  const std::string_view text = "{{#a}}has {{.}}{{/a}}{{^a}}has none{{/a}}";
  EXPECT_EQ(rendered(text, R"({"a": "it"})"), "has it");
  EXPECT_EQ(rendered(text, R"({"a": 0})"), "has 0");
  for (const char* data :
       {"{}", R"({"a": ""})", R"({"a": []})", R"({"a": false})", R"({"a": null})"}) {
    EXPECT_EQ(rendered(text, data), "has none") << data;
  }
}

TEST(render, finds_the_end_of_nested_sections_of_one_name) {
  EXPECT_EQ(rendered("{{#a}}<{{#a}}{{b}}{{/a}}>{{/a}}", R"({"a": {"b": 1, "a": [{"b": 2}]}})"),
            "<2>");
}

TEST(render, includes_other_templates) {
  EXPECT_EQ(rendered("{{#a}}{{>row}}{{/a}}", R"({"a": [1, 2]})", {{"row", "({{.}})"}}), "(1)(2)");
}

TEST(render, removes_lines_that_have_only_a_section_or_an_include) {
  EXPECT_EQ(rendered("<ul>\n  {{#a}}\n  <li>{{.}}</li>\n  {{/a}}\n{{>end}}\n", R"({"a": [1, 2]})",
                     {{"end", "</ul>\n"}}),
            "<ul>\n  <li>1</li>\n  <li>2</li>\n</ul>\n");
  EXPECT_EQ(rendered("x {{#a}}\ny{{/a}}\n", R"({"a": true})"), "x \ny\n");
}

TEST(render, rejects_missing_values_and_malformed_templates) {
  EXPECT_THROW(rendered("{{no_such}}", "{}"), std::logic_error);
  EXPECT_THROW(rendered("{{#a}}", R"({"a": 1})"), std::logic_error);
  EXPECT_THROW(rendered("{{#a}}{{/b}}", R"({"a": 1})"), std::logic_error);
  EXPECT_THROW(rendered("{{/a}}", "{}"), std::logic_error);
  EXPECT_THROW(rendered("{{>a}}", "{}"), std::logic_error);
  EXPECT_THROW(rendered("{{a", R"({"a": 1})"), std::logic_error);
}

}  // namespace
}  // namespace timed::bench
